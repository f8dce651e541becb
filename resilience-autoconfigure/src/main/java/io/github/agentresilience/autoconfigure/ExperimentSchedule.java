package io.github.agentresilience.autoconfigure;

import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;

import io.github.agentresilience.chaos.Chaos;
import io.github.agentresilience.chaos.ExperimentReport;
import io.github.agentresilience.chaos.Experiments;

import org.springframework.context.SmartLifecycle;
import org.springframework.core.task.TaskRejectedException;
import org.springframework.scheduling.concurrent.SimpleAsyncTaskScheduler;
import org.springframework.scheduling.support.CronTrigger;

/**
 * Starts experiments when they are due, once the application is up. It stops first when that is stopped, and no fault
 * stays then. Where one experiment is run once for its verdict, none is due.
 */
final class ExperimentSchedule implements SmartLifecycle {

	private final Experiments experiments;

	private final Runnable check;

	private final Chaos chaos;

	private final ResilienceProperties.Chaos properties;

	private SimpleAsyncTaskScheduler scheduler;

	private volatile boolean running;

	/**
	 * A schedule.
	 * @param check throws where an experiment speaks of what is not there
	 */
	ExperimentSchedule(Experiments experiments, Runnable check, Chaos chaos, ResilienceProperties.Chaos properties) {
		this.experiments = experiments;
		this.check = check;
		this.chaos = chaos;
		this.properties = properties;
	}

	@Override
	public void start() {
		this.check.run();
		this.scheduler = new SimpleAsyncTaskScheduler();
		this.scheduler.setThreadNamePrefix("resilience-schedule-");
		if (this.properties.runOnce() == null) {
			this.properties.experiments().forEach((name, experiment) -> {
				if (experiment.schedule() != null) {
					this.scheduler.schedule(() -> this.experiments.startInTurn(name),
							new CronTrigger(experiment.schedule()));
				}
				else if (experiment.every() != null) {
					later(this.scheduler, name, experiment.every());
				}
			});
		}
		this.running = true;
	}

	private void later(SimpleAsyncTaskScheduler scheduler, String name, Duration every) {
		try {
			scheduler.schedule(() -> {
				CompletableFuture<ExperimentReport> run = this.experiments.startInTurn(name);
				if (run == null) {
					later(scheduler, name, every);
				}
				else {
					run.whenComplete((report, thrown) -> later(scheduler, name, every));
				}
			}, Instant.now().plus(every));
		}
		catch (TaskRejectedException stopped) {
			// Its end is the end of the schedule
		}
	}

	@Override
	public void stop() {
		this.running = false;
		this.scheduler.close();
		this.experiments.stop();
		this.chaos.clear();
	}

	@Override
	public boolean isRunning() {
		return this.running;
	}

}
