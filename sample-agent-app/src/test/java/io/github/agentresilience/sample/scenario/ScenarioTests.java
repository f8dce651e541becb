package io.github.agentresilience.sample.scenario;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

import io.github.agentresilience.chain.Layer;
import io.github.agentresilience.sample.SampleAgentApplication;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import org.springframework.context.ConfigurableApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;

class ScenarioTests {

	private static final int TIMEOUT_MILLIS = 670;

	private static ConfigurableApplicationContext context;

	private static Map<Scenario, ScenarioResult> results;

	@BeforeAll
	static void run() {
		// All times are two thirds of those of the README's table
		context = SampleAgentApplication.start("--server.port=0", "--sample.calls=160", "--sample.warm-up=40",
				"--sample.latency.min=40ms", "--sample.latency.max=80ms",
				"--resilience.llm.timeout=" + TIMEOUT_MILLIS + "ms",
				"--resilience.llm.first-token-timeout=" + TIMEOUT_MILLIS + "ms",
				"--resilience.llm.retry.initial-backoff=33ms", "--resilience.llm.breaker.slow-call=330ms",
				"--resilience.mcp.timeout=" + TIMEOUT_MILLIS + "ms", "--resilience.mcp.retry.initial-backoff=33ms",
				"--resilience.mcp.breaker.slow-call=330ms");
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
		assertThat(results).hasSize(8);
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
		assertThat(broken()).hasSize(6).allSatisfy((result) -> {
			assertThat(result.summary().incidents()).isPositive();
			assertThat(result.summary().fallbacks()).isPositive();
		});
		assertThat(broken()).filteredOn((result) -> result.scenario() != Scenario.MIDDLE_OF_TURN)
			.allSatisfy((result) -> assertThat(result.summary().fallbackRate()).isGreaterThan(0.5));
	}

	/**
	 * In every third turn the model that begins dies, after each tool, as call and as
	 * stream.
	 */
	@Test
	void turnsThatAreCutGoOnWithTheNextModel() {
		ScenarioResult result = results.get(Scenario.MIDDLE_OF_TURN);
		List<Question> cut = Scenario.MIDDLE_OF_TURN.questions(160).stream().filter(Question::isCut).toList();
		assertThat(Set.copyOf(cut)).hasSize(6);
		assertThat(result.summary().fallbacks()).isEqualTo(cut.size());
		assertThat(result.scorecard().mcp().attempts()).isEqualTo(3 * 40);
	}

	@Test
	void nonsenseIsNotAccepted() {
		assertThat(broken()).filteredOn((result) -> result.scenario().name().equals("primary answers nonsense"))
			.singleElement()
			.satisfies((result) -> {
				assertThat(result.summary().unacceptable()).isPositive();
				assertThat(result.scorecard().llm().targets().get("gateway-8b").failed()).isPositive();
			});
	}

	@Test
	@Tag("goals")
	void theNinetyFifthPercentileStaysCloseToTheCleanOne() {
		assertThat(broken())
			.allSatisfy((result) -> assertThat(result.p95Ratio()).isLessThanOrEqualTo(ratioOf(result.scenario())));
	}

	/** Half of the turns are streams, which cost more than the calls of a clean run. */
	private static double ratioOf(Scenario scenario) {
		return (scenario == Scenario.MIDDLE_OF_TURN) ? 1.5 : 1.25;
	}

	/**
	 * Beside other tests some calls take longer for no reason of their own, but none as
	 * long as one that waits until its attempt's time is over.
	 */
	@Test
	void noCallSitsAFaultOut() {
		assertThat(broken()).extracting(ScenarioResult::summary).allSatisfy((summary) -> {
			assertThat(summary.p95Ms()).isLessThan(TIMEOUT_MILLIS);
			assertThat(summary.mttrMs()).isLessThan(TIMEOUT_MILLIS);
		});
	}

	@Test
	@Tag("goals")
	void recoveryTakesAtMostTwiceACleanCall() {
		assertThat(broken()).allSatisfy((result) -> assertThat(result.summary().mttrMs())
			.isLessThanOrEqualTo(2 * clean(result.scenario().layer()).summary().p50Ms()));
	}

}
