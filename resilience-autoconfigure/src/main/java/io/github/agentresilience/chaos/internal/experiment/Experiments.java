package io.github.agentresilience.chaos.internal.experiment;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

import io.github.agentresilience.chain.internal.time.Time;
import io.github.agentresilience.chain.internal.time.Workers;
import io.github.agentresilience.chaos.ExperimentReport;
import io.github.agentresilience.chaos.internal.FaultInjector;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs experiments, one at a time. Whatever happens, a fault does not outlast its
 * experiment: it is removed at the end, on a violation, when the application is stopped
 * or reloaded, and by its own time to live should all of that fail.
 */
public final class Experiments implements AutoCloseable {

	private static final Logger logger = LoggerFactory.getLogger(Experiments.class);

	/** What a run takes at most besides its fault, generously. */
	private static final Duration BESIDES = Duration.ofMinutes(5);

	private final Map<String, Experiment> experiments = new LinkedHashMap<>();

	private final Map<String, ExperimentReport> reports = new ConcurrentHashMap<>();

	/** The one that runs, then those that wait for their turn. */
	private final Queue<Turn> turns = new ConcurrentLinkedQueue<>();

	private final FaultInjector chaos;

	private final Time time;

	private final Workers workers;

	private final Consumer<ExperimentReport> reported;

	private final OneAtATime instances;

	private Threads threads;

	/**
	 * Experiments.
	 * @param chaos injects their faults
	 * @param time what they are measured by
	 * @param workers run them and their probes
	 * @param reported told of each report
	 * @param instances keeps other instances from running experiments meanwhile
	 */
	public Experiments(List<Experiment> experiments, FaultInjector chaos, Time time, Workers workers,
			Consumer<ExperimentReport> reported, OneAtATime instances) {
		this.instances = instances;
		experiments.forEach((experiment) -> this.experiments.put(experiment.name(), experiment));
		this.chaos = chaos;
		this.time = time;
		this.workers = workers;
		this.threads = new Threads(workers);
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
	public @Nullable CompletableFuture<ExperimentReport> start(String name) {
		Experiment experiment = experiment(name);
		String running;
		synchronized (this) {
			running = running();
			if (running == null) {
				return submit(experiment);
			}
		}
		logger.info("The experiment '{}' does not start: '{}' runs", name, running);
		return null;
	}

	/**
	 * Runs an experiment in the background, as soon as those that are due before it have
	 * ended.
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
		Turn turn = new Turn(experiment, this.threads);
		boolean first = this.turns.isEmpty();
		this.turns.add(turn);
		if (first) {
			turn.begin();
		}
		return turn.report;
	}

	/** The next one's turn comes when the one before has ended. */
	private synchronized void ended(Turn turn) {
		this.turns.remove(turn);
		Turn next = this.turns.peek();
		if (next != null) {
			next.begin();
		}
	}

	/**
	 * Ends a running experiment, removes its fault, and forgets those that wait. They may
	 * be started again.
	 */
	public void stop() {
		Threads stopped;
		synchronized (this) {
			stopped = this.threads;
			this.threads = new Threads(this.workers);
			this.turns.forEach(Turn::forget);
		}
		stopped.runner.shutdownNow();
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

	/** What ends with a stop. */
	private static final class Threads {

		private final ExecutorService runner;

		private final ExecutorService probes;

		Threads(Workers workers) {
			this.runner = workers.of("experiment");
			this.probes = workers.of("experiment-probe");
		}

	}

	private final class Turn implements Runnable {

		private final Experiment experiment;

		private final Threads threads;

		private final CompletableFuture<ExperimentReport> report = new CompletableFuture<>();

		/** Whether it runs, or never will. */
		private final AtomicBoolean taken = new AtomicBoolean();

		Turn(Experiment experiment, Threads threads) {
			this.experiment = experiment;
			this.threads = threads;
		}

		void begin() {
			try {
				this.threads.runner.execute(this);
			}
			catch (RejectedExecutionException stopped) {
				forget();
			}
		}

		@Override
		public void run() {
			if (this.taken.getAndSet(true)) {
				return;
			}
			ExperimentReport ended = null;
			try {
				awaitTurn();
				ended = new ExperimentRun(this.experiment, Experiments.this.chaos, Experiments.this.time,
						this.threads.probes)
					.run();
				Experiments.this.reports.put(this.experiment.name(), ended);
				Experiments.this.reported.accept(ended);
			}
			catch (RuntimeException | Error ex) {
				logger.warn("The report of the experiment '{}' does not reach all who are told of it",
						this.experiment.name(), ex);
			}
			finally {
				Experiments.this.instances.leave();
				Experiments.this.ended(this);
				if (ended != null) {
					this.report.complete(ended);
				}
				else {
					this.report.cancel(false);
				}
			}
		}

		/** A stop meanwhile is for the run to find out. */
		private void awaitTurn() {
			try {
				Experiments.this.instances.enter(this.experiment.duration().multipliedBy(3).plus(BESIDES));
			}
			catch (InterruptedException stopped) {
				Thread.currentThread().interrupt();
			}
		}

		/** One that runs goes on to its end. */
		void forget() {
			if (!this.taken.getAndSet(true)) {
				Experiments.this.turns.remove(this);
				this.report.cancel(false);
			}
		}

	}

}
