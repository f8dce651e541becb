package io.github.agentresilience.chaos.internal.experiment;

import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.ExecutorService;

import io.github.agentresilience.chain.internal.time.Time;
import io.github.agentresilience.chaos.ExperimentReport;
import io.github.agentresilience.chaos.ExperimentReport.Verdict;
import io.github.agentresilience.chaos.Fault;
import io.github.agentresilience.chaos.InvalidFaultException;
import io.github.agentresilience.chaos.PhaseFigures;
import io.github.agentresilience.chaos.internal.FaultInjector;
import io.github.agentresilience.chaos.internal.Injection;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * One run of an experiment. However it ends, it ends in a report and without its fault.
 */
final class ExperimentRun {

	private static final Logger logger = LoggerFactory.getLogger(Experiments.class);

	/**
	 * How long is looked before and after: a couple of seconds of probes, more for slow
	 * rates.
	 */
	private static final Duration SHORTEST_LOOK = Duration.ofSeconds(2);

	private static final Duration GRACE = Duration.ofSeconds(10);

	private final Experiment experiment;

	private final FaultInjector chaos;

	private final Time time;

	private final ProbePhase before;

	private final ProbePhase during;

	private final ProbePhase after;

	private boolean injected;

	private boolean outlived;

	private @Nullable String reason;

	ExperimentRun(Experiment experiment, FaultInjector chaos, Time time, ExecutorService probes) {
		this.experiment = experiment;
		this.chaos = chaos;
		this.time = time;
		this.before = new ProbePhase(experiment, experiment.probe().patience(), time, probes);
		this.during = new ProbePhase(experiment, experiment.probe().patienceUnderFault(), time, probes);
		this.after = new ProbePhase(experiment, experiment.probe().patience(), time, probes);
	}

	ExperimentReport run() {
		String name = this.experiment.name();
		logger.info("The experiment '{}' begins: {} on {}", name, this.experiment.fault().kind(),
				this.experiment.target() != null ? this.experiment.target() : "all of " + this.experiment.layer().id());
		Instant start = this.time.now();
		Verdict verdict = verdict();
		ExperimentReport report = new ExperimentReport(name, verdict, this.reason, start, this.time.now(),
				this.before.figures(), this.injected ? this.during.figures() : null,
				this.outlived ? this.after.figures() : null);
		logger.atLevel(report.passed() ? Level.INFO : Level.WARN)
			.log("The experiment '{}' ends: {}{}; before: {}{}{}", name, verdict,
					this.reason != null ? ", " + this.reason : "", report.before(),
					inWords("; under the fault: ", report.during()), inWords("; after: ", report.after()));
		return report;
	}

	private static String inWords(String phase, @Nullable PhaseFigures figures) {
		return (figures != null) ? phase + figures : "";
	}

	private Verdict verdict() {
		try {
			this.reason = this.experiment.obstacle().get();
			return (this.reason != null) ? Verdict.ABORTED : probed();
		}
		catch (InterruptedException ex) {
			this.reason = "the application was stopped or reloaded";
			return Verdict.ABORTED;
		}
		catch (RuntimeException ex) {
			logger.error("The experiment '{}' fails", this.experiment.name(), ex);
			this.reason = (ex instanceof InvalidFaultException) ? ex.getMessage()
					: "it failed: " + ex.getClass().getName();
			return Verdict.ABORTED;
		}
	}

	private Verdict probed() throws InterruptedException {
		Duration look = look();
		this.reason = this.before.warmUp();
		if (this.reason == null) {
			this.reason = this.before.run(look);
		}
		if (this.reason != null) {
			return Verdict.NOT_STEADY_BEFORE;
		}
		int hit = underFault();
		if (this.reason != null) {
			return Verdict.VIOLATED;
		}
		if (hit == 0) {
			this.reason = "the fault hit no probe";
			return Verdict.INCONCLUSIVE;
		}
		this.outlived = true;
		this.reason = this.after.run(look);
		return (this.reason != null) ? Verdict.NOT_RECOVERED : Verdict.PASSED;
	}

	/** Injects the fault, and says how many probes it has hit when it is gone again. */
	private int underFault() throws InterruptedException {
		Duration ttl = this.experiment.duration().plus(this.experiment.probe().patienceUnderFault()).plus(GRACE);
		Injection fault = this.chaos.inject(this.experiment.fault(), this.experiment.layer(), this.experiment.target(),
				ttl.compareTo(Fault.LONGEST_TTL) < 0 ? ttl : Fault.LONGEST_TTL);
		this.injected = true;
		try {
			this.reason = this.during.run(this.experiment.duration());
		}
		finally {
			this.chaos.remove(fault.id());
		}
		return fault.probesHit();
	}

	private Duration look() {
		Duration enough = Duration
			.ofMillis((long) (1_000 * (SteadyState.FEWEST + 2) / this.experiment.probe().perSecond()));
		return (enough.compareTo(SHORTEST_LOOK) > 0) ? enough : SHORTEST_LOOK;
	}

}
