package io.github.agentresilience.chaos;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;

import io.github.agentresilience.chain.CallCancelledException;
import io.github.agentresilience.chain.Layer;
import io.github.agentresilience.chaos.ExperimentReport.Verdict;
import io.github.agentresilience.chaos.internal.experiment.ExperimentFixture;
import io.github.agentresilience.support.McpTestServer;
import io.github.agentresilience.support.Reply;
import io.github.resilience4j.circuitbreaker.CircuitBreakerRegistry;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.chat.prompt.Prompt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

class HangingProviderTests extends ExperimentFixture {

	@Test
	void nothingIsInjectedWhereNoProbeIsAnsweredBefore() throws Exception {
		this.primary.always(Reply.hang());
		this.fallback.always(Reply.hang());
		ExperimentReport report = run(start());
		assertThat(report.verdict()).as(report.reason()).isEqualTo(Verdict.NOT_STEADY_BEFORE);
		assertThat(report.reason()).contains("the first probe", "10000 ms");
		assertThat(report.during()).isNull();
		assertThat(this.context.getBean(Chaos.class).active()).isEmpty();
	}

	@Test
	void probesThatHangAfterTheFirstHaveBeenAnsweredAreUnansweredToo() throws Exception {
		this.primary.by((number) -> (number == 0) ? Reply.text("pong") : Reply.hang());
		this.fallback.always(Reply.hang());
		ExperimentReport report = run(start(OUTAGE + "probe.timeout=1s"));
		assertThat(report.verdict()).as(report.reason()).isEqualTo(Verdict.NOT_STEADY_BEFORE);
		assertThat(report.reason()).contains("success rate 0.000", "1000 ms");
		assertThat(report.before().successRate()).isZero();
	}

	@Test
	void anExperimentUnderWhichNoProbeEndsDoesNotPass() throws Exception {
		try (McpTestServer server = new McpTestServer("one")) {
			ExperimentReport report = run(start(
					"spring.ai.mcp.client.streamable-http.connections.first.url=" + server.url(),
					"resilience.mcp.timeout=20s", OUTAGE + "fault.fault=mcp-timeout", OUTAGE + "fault.layer=",
					OUTAGE + "fault.rate=", OUTAGE + "fault.target=", OUTAGE + "probe.prompt=",
					OUTAGE + "probe.tool=search", OUTAGE + "probe.arguments.text=x", OUTAGE + "probe.timeout=3s"));
			assertThat(report.verdict()).as(report.reason()).isEqualTo(Verdict.VIOLATED);
			assertThat(report.during().successRate()).isZero();
			assertThat(report.after()).isNull();
			assertThat(this.context.getBean(Chaos.class).active()).isEmpty();
		}
	}

	@Test
	void aPercentileAloneDoesNotHoldWhereNothingIsAnswered() throws Exception {
		this.primary.always(Reply.status(503));
		this.fallback.always(Reply.status(503));
		ExperimentReport report = run(start(OUTAGE + "steady-state.success-rate=", OUTAGE + "steady-state.p95=30s"));
		assertThat(report.verdict()).isEqualTo(Verdict.NOT_STEADY_BEFORE);
		assertThat(report.reason()).contains("none of");
	}

	@Test
	void aCallerWhoLeavesWhileAFaultDelaysItIsNotCounted() throws Exception {
		start();
		ChatModel model = this.context.getBean(ChatModel.class);
		this.context.getBean(Chaos.class).inject(new BrownoutFault(Duration.ofMinutes(1)), Layer.LLM, "a");
		AtomicReference<Throwable> thrown = new AtomicReference<>();
		Thread caller = new Thread(() -> thrown.set(catchThrowable(() -> model.call(new Prompt("hi")))));
		caller.start();
		Awaitility.await().until(() -> caller.getState() == Thread.State.TIMED_WAITING);
		caller.interrupt();
		caller.join(10_000);
		assertThat(thrown.get()).isInstanceOf(CallCancelledException.class);
		assertThat(this.context.getBean(CircuitBreakerRegistry.class)
			.circuitBreaker("llm-a")
			.getMetrics()
			.getNumberOfFailedCalls()).isZero();
	}

}
