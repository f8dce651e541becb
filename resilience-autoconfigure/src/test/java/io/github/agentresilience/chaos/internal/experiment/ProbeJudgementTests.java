package io.github.agentresilience.chaos.internal.experiment;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;

import io.github.agentresilience.chain.LastResort;
import io.github.agentresilience.chain.Layer;
import io.github.agentresilience.chain.internal.time.Time;
import io.github.agentresilience.chain.internal.time.Workers;
import io.github.agentresilience.chaos.ExperimentReport;
import io.github.agentresilience.chaos.ExperimentReport.Verdict;
import io.github.agentresilience.chaos.RateLimitFault;
import io.github.agentresilience.chaos.internal.FaultInjector;
import io.github.agentresilience.llm.LastResorts;
import io.github.agentresilience.support.ManualTime;
import io.github.agentresilience.support.McpTestServer;
import io.github.agentresilience.support.Reply;
import io.github.agentresilience.support.TestApplication;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import reactor.core.scheduler.Schedulers;

import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

import static org.assertj.core.api.Assertions.assertThat;

@ExtendWith(OutputCaptureExtension.class)
class ProbeJudgementTests extends ExperimentFixture {

	@Test
	void anExperimentWhoseFaultHitsNoProbeShowsNothing() throws Exception {
		ExperimentReport report = run(start(OUTAGE + "fault.target=b", OUTAGE + "duration=1s"));
		assertThat(report.verdict()).isEqualTo(Verdict.INCONCLUSIVE);
		assertThat(report.passed()).isFalse();
		assertThat(report.reason()).contains("hit no probe");
		assertThat(report.during().successRate()).isEqualTo(1);
		assertThat(report.after()).isNull();
	}

	@Test
	void whatDoesNotPassIsAWarningWithItsFigures(CapturedOutput output) throws Exception {
		run(start(OUTAGE + "probe.chain=lonely"));
		assertThat(output.getAll().lines().filter((line) -> line.contains("'outage' ends"))).singleElement()
			.asString()
			.contains("WARN", "VIOLATED", "success rate 0.000 is less than 0.990", "before: ", "success rate 1.000",
					"under the fault: ", "p95 ");
	}

	@Test
	void anExperimentThatCannotInjectItsFaultIsReportedAllTheSame() throws Exception {
		Experiment impossible = new Experiment("impossible", Duration.ofSeconds(1),
				new RateLimitFault(Duration.ofSeconds(1), null), Layer.MCP, null, new SteadyState(0.99, null, null),
				new ProbeSpec(() -> true, 50, Duration.ofSeconds(10), Duration.ofSeconds(10)), () -> null);
		List<ExperimentReport> told = new CopyOnWriteArrayList<>();
		try (Time time = ManualTime.running(SPEED);
				Workers workers = new Workers();
				Experiments experiments = new Experiments(List.of(impossible),
						new FaultInjector(time.clock(), Schedulers.immediate()), time, workers, told::add,
						OneAtATime.ALONE)) {
			ExperimentReport report = experiments.start("impossible").get(30, TimeUnit.SECONDS);
			assertThat(report.verdict()).isEqualTo(Verdict.ABORTED);
			assertThat(report.reason()).contains("'layer'", "mcp");
			assertThat(told).containsExactly(report);
			assertThat(experiments.running()).isNull();
			assertThat(experiments.start("impossible")).as("the next may start").isNotNull();
		}
	}

	@Test
	void theAnswerOfALastResortIsNone() throws Exception {
		this.context = TestApplication.start(WebApplicationType.NONE, WithLastResort.class,
				properties(OUTAGE + "fault.target="));
		ExperimentReport report = run(this.context.getBean(Experiments.class));
		assertThat(report.verdict()).as(report.reason()).isEqualTo(Verdict.VIOLATED);
		assertThat(report.before().successRate()).isEqualTo(1);
		assertThat(report.during().successRate()).isZero();
	}

	@ParameterizedTest
	@CsvSource({ "judge", "failure", "answer" })
	void aToolThatSaysIsErrorHasNotAnswered(String toolErrors) throws Exception {
		try (McpTestServer server = new McpTestServer("one")) {
			ExperimentReport report = run(
					start("spring.ai.mcp.client.streamable-http.connections.first.url=" + server.url(),
							"resilience.mcp.tool-errors=" + toolErrors, OUTAGE + "fault.fault=mcp-tool",
							OUTAGE + "fault.layer=", OUTAGE + "fault.rate=", OUTAGE + "fault.target=first",
							OUTAGE + "fault.tool=search", OUTAGE + "probe.prompt=", OUTAGE + "probe.tool=search",
							OUTAGE + "probe.arguments.text=x"));
			assertThat(report.verdict()).as(report.reason()).isEqualTo(Verdict.VIOLATED);
			assertThat(report.during().successRate()).isZero();
		}
	}

	@ParameterizedTest
	@CsvSource({ "first-chunk, VIOLATED", "complete, PASSED" })
	void underAStreamCutTheProbesAreStreams(String commit, Verdict verdict) throws Exception {
		this.primary.always(Reply.text("an answer of a good many words, so that there is something to cut"));
		ExperimentReport report = run(start("resilience.llm.stream-commit=" + commit, OUTAGE + "fault.fault=stream-cut",
				OUTAGE + "fault.rate=", OUTAGE + "fault.after-chunks=2"));
		assertThat(report.verdict()).as(report.reason()).isEqualTo(verdict);
		assertThat(this.primary.requests()).allMatch((request) -> request.body().contains("\"stream\":true"));
	}

	@Test
	void probesAreHedgedLikeAnybodysCalls() throws Exception {
		ExperimentReport report = run(start("resilience.llm.hedge.enabled=true", "resilience.llm.hedge.after=50ms",
				"resilience.llm.hedge.budget=1", OUTAGE + "fault.fault=brownout", OUTAGE + "fault.rate=",
				OUTAGE + "fault.latency=20s", OUTAGE + "steady-state.p95=5s"));
		assertThat(report.verdict()).as(report.reason()).isEqualTo(Verdict.PASSED);
		assertThat(report.during().p95Ms()).isLessThan(Duration.ofSeconds(5).toMillis());
	}

	@Test
	void probesOfAToolHaveTheToolsOwnTimeout() throws Exception {
		try (McpTestServer server = new McpTestServer("one")) {
			ExperimentReport report = run(
					start("spring.ai.mcp.client.streamable-http.connections.first.url=" + server.url(),
							"resilience.mcp.timeout=20s", "resilience.mcp.tools.search.timeout=2s",
							OUTAGE + "fault.fault=mcp-timeout", OUTAGE + "fault.layer=", OUTAGE + "fault.rate=",
							OUTAGE + "fault.target=first", OUTAGE + "probe.prompt=", OUTAGE + "probe.tool=search",
							OUTAGE + "probe.arguments.text=x"));
			assertThat(report.verdict()).as(report.reason()).isEqualTo(Verdict.VIOLATED);
			assertThat(report.during().overdue()).as("each failed by its own timeout").isZero();
			assertThat(report.during().successRate()).isZero();
		}
	}

	@Configuration(proxyBeanMethods = false)
	@Import({ TestApplication.Application.class, ExperimentFixture.Fast.class })
	static class WithLastResort {

		@Bean
		LastResort<Prompt, ChatResponse> lastResort() {
			return LastResorts.saying("Sorry.");
		}

	}

}
