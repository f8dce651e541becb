package io.github.agentresilience.chaos.internal.experiment;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

import io.github.agentresilience.chain.Layer;
import io.github.agentresilience.chaos.BurstFault;
import io.github.agentresilience.chaos.Chaos;
import io.github.agentresilience.chaos.ExperimentReport;
import io.github.agentresilience.chaos.ExperimentReport.Verdict;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

import org.springframework.cloud.context.refresh.ContextRefresher;

import static org.assertj.core.api.Assertions.assertThat;

class ExperimentScheduleTests extends ExperimentFixture {

	private List<ExperimentReport> reports() {
		return List.copyOf(this.context.getBean(Listening.class).reports);
	}

	@Test
	void aStoppedApplicationHasNoFaultAndMayBeStartedAgain() throws Exception {
		Experiments experiments = start(AS_THE_SYSTEM, OUTAGE + "duration=60s");
		Chaos chaos = this.context.getBean(Chaos.class);
		chaos.inject(new BurstFault(), Layer.LLM, "b", Duration.ofMinutes(5));
		CompletableFuture<ExperimentReport> running = experiments.start("outage");
		Awaitility.await().until(() -> chaos.active().size() == 2 || running.isDone());
		this.context.stop();
		assertThat(chaos.active()).isEmpty();
		assertThat(running.get(10, TimeUnit.SECONDS).verdict()).isEqualTo(Verdict.ABORTED);
		assertThat(experiments.running()).isNull();
		this.context.start();
		CompletableFuture<ExperimentReport> again = experiments.start("outage");
		assertThat(again).isNotNull();
		Awaitility.await().until(() -> !chaos.active().isEmpty() || again.isDone());
		assertThat(again).isNotDone();
		this.context.close();
		assertThat(chaos.active()).isEmpty();
	}

	@Test
	void aReloadTakesAllFaultsAway() throws Exception {
		Experiments experiments = start(AS_THE_SYSTEM, OUTAGE + "duration=60s", "spring.cloud.refresh.enabled=true");
		Chaos chaos = this.context.getBean(Chaos.class);
		CompletableFuture<ExperimentReport> running = experiments.start("outage");
		Awaitility.await().until(() -> !chaos.active().isEmpty() || running.isDone());
		// On the same target: with both of them failing the run would end by itself
		chaos.inject(new BurstFault(), Layer.LLM, "a", Duration.ofMinutes(5));
		this.context.getBean(ContextRefresher.class).refresh();
		assertThat(chaos.active()).isEmpty();
		assertThat(running.get(10, TimeUnit.SECONDS).verdict()).isEqualTo(Verdict.ABORTED);
	}

	@Test
	void theIntervalIsCountedFromTheEndOfTheLastRun() {
		start(OUTAGE + "every=1s", OUTAGE + "duration=500ms");
		Awaitility.await().atMost(60, TimeUnit.SECONDS).until(() -> reports().size() >= 2);
		Instant ended = reports().get(0).endedAt();
		assertThat(Duration.between(ended, reports().get(1).startedAt()))
			.isGreaterThanOrEqualTo(Duration.ofMillis(990));
	}

	@Test
	void experimentsThatAreDueAtTheSameMomentTakeTurns() {
		String other = OUTAGE.replace("outage", "other");
		start(OUTAGE + "every=300ms", OUTAGE + "duration=500ms", other + "every=300ms", other + "duration=500ms",
				other + "fault.fault=random", other + "fault.rate=1.0", other + "fault.layer=llm",
				other + "fault.target=a", other + "steady-state.success-rate=0.99", other + "probe.prompt=ping",
				other + "probe.rate=20");
		Awaitility.await()
			.atMost(60, TimeUnit.SECONDS)
			.until(() -> reports().stream().map(ExperimentReport::name).distinct().count() == 2);
		List<ExperimentReport> two = reports().subList(0, 2);
		assertThat(two).extracting(ExperimentReport::name).containsExactlyInAnyOrder("outage", "other");
		assertThat(two.get(1).startedAt()).isAfterOrEqualTo(two.get(0).endedAt());
	}

}
