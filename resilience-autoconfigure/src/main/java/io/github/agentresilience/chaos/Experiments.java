package io.github.agentresilience.chaos;

import java.time.Clock;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs experiments, one at a time. Whatever happens, a fault does not outlast its experiment: it is removed at the end, on
 * a violation, when the application is stopped or reloaded, and by its own time to live should all of that fail.
 */
public final class Experiments implements AutoCloseable {

	private static final Logger logger = LoggerFactory.getLogger(Experiments.class);

	private final Map<String, Experiment> experiments = new LinkedHashMap<>();

	private final Map<String, ExperimentReport> reports = new ConcurrentHashMap<>();

	/** The one that runs, then those that wait for their turn. */
	private final Queue<Turn> turns = new ConcurrentLinkedQueue<>();

	private final Chaos chaos;

	private final Clock clock;

	private final Consumer<ExperimentReport> reported;

	private Threads threads = new Threads();

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

	public List<Experiment> all() {
		return List.copyOf(this.experiments.values());
	}

	/** The last report of an experiment. */
	public @Nullable ExperimentReport report(String name) {
		return this.reports.get(name);
	}

	/** The name of the experiment that runs now. */
	public @Nullable String running() {
		Turn first = this.turns.peek();
		return (first != null) ? first.experiment.name() : null;
	}

	/**
	 * Runs an experiment now, in the background.
	 * @return its report to come, or {@code null} where another one runs
	 * @throws IllegalArgumentException when there is none of that name
	 */
	public synchronized @Nullable CompletableFuture<ExperimentReport> start(String name) {
		Experiment experiment = experiment(name);
		if (running() != null) {
			logger.info("The experiment '{}' does not start: '{}' runs", name, running());
			return null;
		}
		return submit(experiment);
	}

	/**
	 * Runs an experiment in the background, as soon as those that are due before it have ended.
	 * @return its report to come, or {@code null} where it runs or waits already
	 * @throws IllegalArgumentException when there is none of that name
	 */
	public synchronized @Nullable CompletableFuture<ExperimentReport> startInTurn(String name) {
		Experiment experiment = experiment(name);
		if (this.turns.stream().anyMatch((turn) -> turn.experiment == experiment)) {
			return null;
		}
		return submit(experiment);
	}

	private Experiment experiment(String name) {
		Experiment experiment = this.experiments.get(name);
		if (experiment == null) {
			throw new IllegalArgumentException("There is no experiment '" + name + "'");
		}
		return experiment;
	}

	private CompletableFuture<ExperimentReport> submit(Experiment experiment) {
		Turn turn = new Turn(experiment, this.threads.probes);
		this.turns.add(turn);
		this.threads.runner.execute(turn);
		return turn.report;
	}

	/** Ends a running experiment, removes its fault, and forgets those that wait. They may be started again. */
	public void stop() {
		Threads stopped;
		synchronized (this) {
			stopped = this.threads;
			this.threads = new Threads();
		}
		stopped.runner.shutdownNow().forEach((waiting) -> ((Turn) waiting).forget());
		try {
			stopped.runner.awaitTermination(2, TimeUnit.SECONDS);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
		stopped.probes.shutdownNow();
	}

	@Override
	public void close() {
		stop();
	}

	/** Threads are made when there is something to do, and belong to nobody while there is not. */
	private static final class Threads {

		private final ExecutorService runner = Executors
			.newSingleThreadExecutor((task) -> daemon(task, "resilience-experiment"));

		private final ExecutorService probes = Executors
			.newCachedThreadPool((task) -> daemon(task, "resilience-experiment-probe"));

		private static Thread daemon(Runnable task, String name) {
			Thread thread = new Thread(task, name);
			thread.setDaemon(true);
			return thread;
		}

	}

	private final class Turn implements Runnable {

		private final Experiment experiment;

		private final ExecutorService probes;

		private final CompletableFuture<ExperimentReport> report = new CompletableFuture<>();

		Turn(Experiment experiment, ExecutorService probes) {
			this.experiment = experiment;
			this.probes = probes;
		}

		@Override
		public void run() {
			ExperimentReport ended = null;
			try {
				ended = new ExperimentRun(this.experiment, Experiments.this.chaos, Experiments.this.clock, this.probes).run();
				Experiments.this.reports.put(this.experiment.name(), ended);
				Experiments.this.reported.accept(ended);
			}
			catch (RuntimeException ex) {
				logger.warn("The report of the experiment '{}' does not reach all who are told of it",
						this.experiment.name(), ex);
			}
			finally {
				Experiments.this.turns.remove(this);
				if (ended != null) {
					this.report.complete(ended);
				}
				else {
					this.report.cancel(false);
				}
			}
		}

		void forget() {
			Experiments.this.turns.remove(this);
			this.report.cancel(false);
		}

	}

}
