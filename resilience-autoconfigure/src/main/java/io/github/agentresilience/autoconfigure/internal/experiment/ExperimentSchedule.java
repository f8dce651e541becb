package io.github.agentresilience.autoconfigure.internal.experiment;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;

import io.github.agentresilience.autoconfigure.ResilienceProperties;
import io.github.agentresilience.chain.internal.engine.ChainRuntime;
import io.github.agentresilience.chain.internal.time.Time;
import io.github.agentresilience.chaos.Chaos;
import io.github.agentresilience.chaos.ExperimentReport;
import io.github.agentresilience.chaos.internal.experiment.Experiments;
import io.github.agentresilience.chaos.internal.experiment.OneAtATime;
import reactor.core.Disposable;
import reactor.core.Disposables;

import org.springframework.context.SmartLifecycle;
import org.springframework.scheduling.support.CronExpression;

/**
 * Starts experiments when they are due, once the application is up. It stops first when
 * that is stopped, and no fault stays then. Where one experiment is run once for its
 * verdict, none is due.
 */
public final class ExperimentSchedule implements SmartLifecycle {

	/** Longer than the clocks of instances differ. */
	private static final Duration ONCE = Duration.ofHours(1);

	private final Experiments experiments;

	private final Runnable check;

	private final Chaos chaos;

	private final ResilienceProperties.Chaos properties;

	private final Time time;

	private final Executor executor;

	private final OneAtATime instances;

	/** What is due later, until the stop. */
	private Disposable.Composite due = Disposables.composite();

	private volatile boolean running;

	/**
	 * A schedule.
	 * @param check throws where an experiment speaks of what is not there
	 * @param runtime says when, and starts them
	 * @param instances says which instance starts one where there are several
	 */
	public ExperimentSchedule(Experiments experiments, Runnable check, Chaos chaos,
			ResilienceProperties.Chaos properties, ChainRuntime runtime, OneAtATime instances) {
		this.instances = instances;
		this.experiments = experiments;
		this.check = check;
		this.chaos = chaos;
		this.properties = properties;
		this.time = runtime.time();
		this.executor = runtime.workers().of("schedule");
	}

	@Override
	public void start() {
		this.check.run();
		Disposable.Composite due = Disposables.composite();
		this.due = due;
		if (this.properties.runOnce() == null) {
			this.properties.experiments().forEach((name, experiment) -> {
				if (experiment.schedule() != null) {
					CronExpression times = CronExpression.parse(experiment.schedule());
					startAt(due, name, times, this.time.now());
				}
				else if (experiment.every() != null) {
					startAfter(due, name, experiment.every());
				}
			});
		}
		this.running = true;
	}

	/** Starts it at each of the times that come after a moment. */
	private void startAt(Disposable.Composite due, String name, CronExpression times, Instant after) {
		ZonedDateTime next = times.next(after.atZone(ZoneId.systemDefault()));
		if (next == null) {
			return;
		}
		in(due, Duration.between(this.time.now(), next), () -> {
			// A clock that was set back must not start it twice
			startAt(due, name, times, latest(next.toInstant(), this.time.now()));
			if (this.instances.isFirst(name + "/" + next.toEpochSecond(), ONCE)) {
				this.experiments.startInTurn(name);
			}
		});
	}

	private static Instant latest(Instant one, Instant other) {
		return one.isAfter(other) ? one : other;
	}

	/** Starts it that long from now, and then that long after each end. */
	private void startAfter(Disposable.Composite due, String name, Duration every) {
		in(due, every, () -> {
			CompletableFuture<ExperimentReport> run = this.instances.isFirst(name, every)
					? this.experiments.startInTurn(name) : null;
			if (run == null) {
				startAfter(due, name, every);
			}
			else {
				run.whenComplete((report, thrown) -> startAfter(due, name, every));
			}
		});
	}

	private void in(Disposable.Composite due, Duration delay, Runnable start) {
		Disposable.Swap once = Disposables.swap();
		due.add(once);
		once.update(this.time.schedule(() -> {
			due.remove(once);
			if (!due.isDisposed()) {
				start.run();
			}
		}, delay, this.executor));
	}

	@Override
	public void stop() {
		this.running = false;
		this.due.dispose();
		this.experiments.stop();
		this.chaos.clear();
	}

	@Override
	public boolean isRunning() {
		return this.running;
	}

}
