package io.github.agentresilience.chaos;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;

import io.github.agentresilience.chaos.ExperimentReport.Verdict;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs experiments, one at a time. Whatever happens, a fault does not outlast its experiment: it is removed at the end, on
 * a violation, on shutdown, and by its own time to live should all of that fail.
 */
public final class Experiments implements AutoCloseable {

	private static final Logger logger = LoggerFactory.getLogger(Experiments.class);

	/** How long is looked before and after: a couple of seconds of probes, more for slow rates. */
	private static final Duration SHORTEST_LOOK = Duration.ofSeconds(2);

	private static final Duration GRACE = Duration.ofSeconds(10);

	private final Map<String, Experiment> experiments = new LinkedHashMap<>();

	private final Map<String, ExperimentReport> reports = new ConcurrentHashMap<>();

	private final AtomicReference<@Nullable String> running = new AtomicReference<>();

	private final Chaos chaos;

	private final Clock clock;

	private final Consumer<ExperimentReport> reported;

	private final ExecutorService runner = Executors.newSingleThreadExecutor((task) -> daemon(task, "resilience-experiment"));

	private final ExecutorService probes = Executors.newCachedThreadPool((task) -> daemon(task, "resilience-experiment-probe"));

	/**
	 * Experiments.
	 * @param chaos injects their faults
	 * @param reported told of each report
	 */
	public Experiments(List<Experiment> experiments, Chaos chaos, Clock clock, Consumer<ExperimentReport> reported) {
		experiments.forEach((experiment) -> this.experiments.put(experiment.name(), experiment));
		this.chaos = chaos;
		this.clock = clock;
		this.reported = reported;
	}

	private static Thread daemon(Runnable task, String name) {
		Thread thread = new Thread(task, name);
		thread.setDaemon(true);
		return thread;
	}

	public List<Experiment> all() {
		return List.copyOf(this.experiments.values());
	}

	/** The last report of an experiment. */
	public @Nullable ExperimentReport report(String name) {
		return this.reports.get(name);
	}

	/** The name of the experiment that runs now. */
	public @Nullable String running() {
		return this.running.get();
	}

	/**
	 * Runs an experiment, in the background.
	 * @return its report to come, or {@code null} where another one runs
	 * @throws IllegalArgumentException when there is none of that name
	 */
	public @Nullable Future<ExperimentReport> start(String name) {
		Experiment experiment = this.experiments.get(name);
		if (experiment == null) {
			throw new IllegalArgumentException("There is no experiment '" + name + "'");
		}
		if (!this.running.compareAndSet(null, name)) {
			logger.info("The experiment '{}' does not start: '{}' runs", name, this.running.get());
			return null;
		}
		return this.runner.submit(() -> {
			try {
				return run(experiment);
			}
			finally {
				this.running.set(null);
			}
		});
	}

	private ExperimentReport run(Experiment experiment) {
		Instant start = this.clock.instant();
		logger.info("The experiment '{}' begins: {} on {}", experiment.name(), experiment.fault().kind(),
				experiment.target() != null ? experiment.target() : "all of " + experiment.layer().id());
		Duration look = look(experiment);
		ProbePhase before = new ProbePhase(experiment, this.probes);
		ProbePhase during = new ProbePhase(experiment, this.probes);
		ProbePhase after = new ProbePhase(experiment, this.probes);
		Verdict verdict = Verdict.PASSED;
		String reason = null;
		boolean injected = false;
		boolean removed = false;
		try {
			before.warmUp();
			reason = before.run(look);
			if (reason != null) {
				verdict = Verdict.NOT_STEADY_BEFORE;
			}
			else {
				injected = true;
				reason = underFault(experiment, during);
				removed = true;
				if (reason != null) {
					verdict = Verdict.VIOLATED;
				}
				else {
					reason = after.run(look);
					verdict = (reason != null) ? Verdict.NOT_RECOVERED : Verdict.PASSED;
				}
			}
		}
		catch (InterruptedException ex) {
			verdict = Verdict.ABORTED;
			reason = "the application is shut down";
		}
		ExperimentReport report = new ExperimentReport(experiment.name(), verdict, reason, start, this.clock.instant(),
				before.figures(), injected ? during.figures() : null,
				removed && verdict != Verdict.VIOLATED ? after.figures() : null);
		this.reports.put(experiment.name(), report);
		logger.info("The experiment '{}' ends: {}{}", experiment.name(), verdict, reason != null ? ", " + reason : "");
		this.reported.accept(report);
		return report;
	}

	private @Nullable String underFault(Experiment experiment, ProbePhase phase) throws InterruptedException {
		Duration ttl = experiment.duration().plus(GRACE);
		ActiveFault fault = this.chaos.inject(experiment.fault(), experiment.layer(), experiment.target(),
				ttl.compareTo(Fault.LONGEST_TTL) < 0 ? ttl : Fault.LONGEST_TTL);
		try {
			return phase.run(experiment.duration());
		}
		finally {
			this.chaos.remove(fault.id());
		}
	}

	private static Duration look(Experiment experiment) {
		Duration enough = Duration.ofMillis((long) (1_000 * (SteadyState.FEWEST + 2) / experiment.probesPerSecond()));
		return (enough.compareTo(SHORTEST_LOOK) > 0) ? enough : SHORTEST_LOOK;
	}

	/** Ends a running experiment and removes its fault before anything else is closed. */
	@Override
	public void close() {
		this.runner.shutdownNow();
		this.probes.shutdownNow();
		try {
			this.runner.awaitTermination(2, TimeUnit.SECONDS);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

}
