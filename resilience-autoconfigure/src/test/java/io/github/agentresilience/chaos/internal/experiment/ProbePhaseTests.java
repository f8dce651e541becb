package io.github.agentresilience.chaos.internal.experiment;

import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

import io.github.agentresilience.chain.Layer;
import io.github.agentresilience.chaos.RandomFault;
import io.github.agentresilience.support.ManualTime;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/** By a time that stands still, so that a stall of the machine changes no figure. */
class ProbePhaseTests {

	private static final Duration PATIENCE = Duration.ofSeconds(10);

	private final ManualTime time = ManualTime.standing();

	private final ExecutorService threads = Executors.newCachedThreadPool();

	@AfterEach
	void stop() {
		this.threads.shutdownNow();
		this.time.close();
	}

	@Test
	void probesAreMadeAtTheirRate() throws Exception {
		ProbePhase phase = phase(20);
		Future<String> run = this.threads.submit(() -> phase.run(Duration.ofSeconds(2)));
		for (int i = 0; i < 40; i++) {
			this.time.awaitWaiting(1);
			this.time.advance(Duration.ofMillis(50));
		}
		assertThat(end(run)).isNull();
		assertThat(phase.figures().probes()).isEqualTo(40);
	}

	@Test
	void whatAStallKeptBackIsAskedAfterIt() throws Exception {
		ProbePhase phase = phase(20);
		Future<String> run = this.threads.submit(() -> phase.run(Duration.ofSeconds(2)));
		this.time.awaitWaiting(1);
		this.time.advance(Duration.ofSeconds(1));
		for (int i = 0; i < 20; i++) {
			this.time.awaitWaiting(1);
			this.time.advance(Duration.ofMillis(50));
		}
		assertThat(end(run)).isNull();
		assertThat(phase.figures().probes()).isEqualTo(40);
	}

	private ProbePhase phase(double perSecond) {
		Experiment experiment = new Experiment("outage", Duration.ofSeconds(2), new RandomFault(1.0, 503), Layer.LLM,
				null, new SteadyState(1.0, null, null), new ProbeSpec(() -> true, perSecond, PATIENCE, PATIENCE),
				() -> null);
		return new ProbePhase(experiment, PATIENCE, this.time, this.threads);
	}

	/** The last probes may yet be in flight, and are looked for from time to time. */
	private String end(Future<String> run) throws Exception {
		while (!run.isDone()) {
			this.time.advance(Duration.ofMillis(50));
			Thread.onSpinWait();
		}
		return run.get(10, TimeUnit.SECONDS);
	}

}
