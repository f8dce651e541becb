package io.github.agentresilience.chaos.internal.experiment;

import java.io.File;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

import io.github.agentresilience.chaos.Chaos;
import io.github.agentresilience.chaos.ExperimentReport;
import io.github.agentresilience.chaos.ExperimentReport.Verdict;
import io.github.agentresilience.scorecard.internal.Scorecard;
import io.github.agentresilience.support.Reply;
import io.github.agentresilience.support.RunOnceApplication;
import io.micrometer.core.instrument.MeterRegistry;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;

class ExperimentTests extends ExperimentFixture {

	@Test
	void aFaultThatTheChainAbsorbsPasses() throws Exception {
		Experiments experiments = start(OUTAGE + "duration=2s");
		ExperimentReport report = run(experiments);
		assertThat(report.verdict()).as(report.reason()).isEqualTo(Verdict.PASSED);
		assertThat(report.before().probes()).isPositive();
		assertThat(report.during().probes()).isPositive();
		assertThat(report.during().successRate()).isEqualTo(1);
		assertThat(this.context.getBean(Chaos.class).active()).isEmpty();
		assertThat(experiments.report("outage")).isEqualTo(report);
		assertThat(this.context.getBean(Listening.class).reports).containsExactly(report);
		assertThat(this.context.getBean(Scorecard.class).snapshot().overall().calls()).as("probes are not scored")
			.isZero();
		assertThat(this.context.getBean(MeterRegistry.class)
			.get("resilience.experiment")
			.tags("experiment", "outage", "verdict", "passed")
			.counter()
			.count()).isEqualTo(1);
		assertThat(this.fallback.requestCount()).as("the fault was real")
			.isGreaterThanOrEqualTo(report.during().probes());
	}

	@Test
	void aViolationRemovesTheFaultAtOnce() throws Exception {
		Experiments experiments = start(AS_THE_SYSTEM, OUTAGE + "probe.chain=lonely", OUTAGE + "duration=60s");
		Future<ExperimentReport> running = experiments.start("outage");
		Chaos chaos = this.context.getBean(Chaos.class);
		Awaitility.await().until(() -> !chaos.active().isEmpty());
		Instant injected = Instant.now();
		Awaitility.await().pollInterval(Duration.ofMillis(10)).until(() -> chaos.active().isEmpty());
		// Ten probes at 20 a second are half a second; the rest is patience with the
		// machine
		assertThat(Duration.between(injected, Instant.now())).isLessThan(Duration.ofSeconds(5));
		ExperimentReport report = running.get(10, TimeUnit.SECONDS);
		assertThat(report.verdict()).isEqualTo(Verdict.VIOLATED);
		assertThat(report.reason()).contains("success rate", "0.990");
		assertThat(report.after()).isNull();
	}

	@ParameterizedTest
	@CsvSource({ "p95=1500ms, p95", "mttr=1s, unanswered" })
	void slownessAndSilenceAreViolationsToo(String limit, String reason) throws Exception {
		boolean slow = limit.startsWith("p95");
		Experiments experiments = start(OUTAGE + "steady-state." + limit, OUTAGE + "probe.chain=lonely",
				slow ? OUTAGE + "fault.fault=brownout" : OUTAGE + "steady-state.success-rate=0",
				slow ? OUTAGE + "fault.rate=" : OUTAGE + "fault.rate=1.0", OUTAGE + "duration=3s");
		ExperimentReport report = run(experiments);
		assertThat(report.verdict()).isEqualTo(Verdict.VIOLATED);
		assertThat(report.reason()).contains(reason);
	}

	@Test
	void nothingIsInjectedIntoASickSystem() throws Exception {
		this.primary.always(Reply.status(503));
		this.fallback.always(Reply.status(503));
		ExperimentReport report = run(start());
		assertThat(report.verdict()).isEqualTo(Verdict.NOT_STEADY_BEFORE);
		assertThat(report.during()).isNull();
	}

	@Test
	void oneExperimentRunsAtATimeAndShutdownRemovesItsFault() {
		Experiments experiments = start(AS_THE_SYSTEM, OUTAGE + "duration=60s");
		Future<ExperimentReport> running = experiments.start("outage");
		assertThat(experiments.start("outage")).isNull();
		Chaos chaos = this.context.getBean(Chaos.class);
		Awaitility.await().until(() -> !chaos.active().isEmpty());
		this.context.close();
		assertThat(chaos.active()).isEmpty();
		assertThat(running.isDone()).isTrue();
		assertThat(experiments.report("outage").verdict()).isEqualTo(Verdict.ABORTED);
	}

	@Test
	void anExperimentRunsOnASchedule() {
		Experiments experiments = start(OUTAGE + "schedule=* * * * * *", OUTAGE + "duration=500ms");
		Awaitility.await().atMost(30, TimeUnit.SECONDS).until(() -> experiments.report("outage") != null);
	}

	@Test
	void runOnceEndsWithTheVerdictAsItsExitCode() throws Exception {
		Process passes = runOnce("default");
		Process fails = runOnce("lonely");
		assertThat(passes.waitFor(60, TimeUnit.SECONDS)).isTrue();
		assertThat(passes.exitValue()).isEqualTo(0);
		assertThat(fails.waitFor(60, TimeUnit.SECONDS)).isTrue();
		assertThat(fails.exitValue()).isEqualTo(1);
	}

	private Process runOnce(String chain) throws Exception {
		List<String> command = new ArrayList<>(List.of(
				Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-XX:TieredStopAtLevel=1",
				"-XX:+UseSerialGC", "-cp", System.getProperty("java.class.path"), RunOnceApplication.class.getName()));
		properties("resilience.chaos.run-once=outage", OUTAGE + "schedule=* * * * * *", OUTAGE + "probe.chain=" + chain)
			.forEach((property) -> command.add("--" + property));
		return new ProcessBuilder(command).redirectErrorStream(true)
			.redirectOutput(new File("target/run-once-" + chain + ".log"))
			.start();
	}

}
