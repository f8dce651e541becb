package io.github.agentresilience.sample.scenario;

import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

import io.github.agentresilience.chain.Layer;
import io.github.agentresilience.sample.SampleAgentApplication;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import org.springframework.context.ConfigurableApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;

class ScenarioTests {

	private static ConfigurableApplicationContext context;

	private static Map<Scenario, ScenarioResult> results;

	@BeforeAll
	static void run() {
		context = SampleAgentApplication.start("--server.port=0", "--sample.calls=160");
		results = context.getBean(ScenarioRunner.class)
			.measure()
			.stream()
			.collect(Collectors.toMap(ScenarioResult::scenario, Function.identity()));
	}

	@AfterAll
	static void stop() {
		context.close();
	}

	private static List<ScenarioResult> broken() {
		return results.values().stream().filter((result) -> !result.scenario().isClean()).toList();
	}

	private static ScenarioResult clean(Layer layer) {
		return results.values()
			.stream()
			.filter((result) -> result.scenario().isClean() && result.scenario().layer() == layer)
			.findFirst()
			.orElseThrow();
	}

	@Test
	void everyCallOfEveryScenarioIsAnswered() {
		assertThat(results).hasSize(6);
		assertThat(results.values()).allSatisfy((result) -> {
			assertThat(result.summary().calls()).isGreaterThanOrEqualTo(160);
			assertThat(result.successPercent()).isEqualTo(100);
			assertThat(result.allSucceeded()).isTrue();
			assertThat(result.summary().openIncident()).isFalse();
		});
	}

	@Test
	void aCleanRunNeedsNoFallback() {
		assertThat(List.of(clean(Layer.LLM), clean(Layer.MCP))).allSatisfy((result) -> {
			assertThat(result.summary().fallbacks()).isZero();
			assertThat(result.summary().incidents()).isZero();
		});
	}

	@Test
	void aFaultIsNoticedAndTheFallbackServes() {
		assertThat(broken()).hasSize(4).allSatisfy((result) -> {
			assertThat(result.summary().incidents()).isPositive();
			assertThat(result.summary().fallbackRate()).isGreaterThan(0.5);
		});
	}

	@Test
	void theNinetyFifthPercentileStaysCloseToTheCleanOne() {
		assertThat(broken()).allSatisfy((result) -> assertThat(result.p95Ratio()).isLessThanOrEqualTo(1.25));
	}

	@Test
	void recoveryTakesAtMostTwiceACleanCall() {
		assertThat(broken()).allSatisfy((result) -> assertThat(result.summary().mttrMs())
			.isLessThanOrEqualTo(2 * clean(result.scenario().layer()).summary().p50Ms()));
	}

}
