package io.github.agentresilience.autoconfigure;

import java.time.Instant;
import java.util.Map;

import io.github.agentresilience.autoconfigure.ResilienceProperties.ChaosExperiment;
import io.github.agentresilience.chaos.Experiments;

import org.springframework.context.SmartLifecycle;
import org.springframework.scheduling.concurrent.SimpleAsyncTaskScheduler;
import org.springframework.scheduling.support.CronTrigger;

/**
 * Starts experiments when they are due, once the application is up; it stops first when that is shut down.
 */
final class ExperimentSchedule implements SmartLifecycle {

	private final Experiments experiments;

	private final Map<String, ChaosExperiment> declared;

	private SimpleAsyncTaskScheduler scheduler;

	private volatile boolean running;

	ExperimentSchedule(Experiments experiments, Map<String, ChaosExperiment> declared) {
		this.experiments = experiments;
		this.declared = declared;
	}

	@Override
	public void start() {
		this.scheduler = new SimpleAsyncTaskScheduler();
		this.scheduler.setThreadNamePrefix("resilience-schedule-");
		this.declared.forEach((name, experiment) -> {
			if (experiment.schedule() != null) {
				this.scheduler.schedule(() -> this.experiments.start(name), new CronTrigger(experiment.schedule()));
			}
			else if (experiment.every() != null) {
				this.scheduler.scheduleWithFixedDelay(() -> this.experiments.start(name),
						Instant.now().plus(experiment.every()), experiment.every());
			}
		});
		this.running = true;
	}

	@Override
	public void stop() {
		this.running = false;
		this.scheduler.close();
		this.experiments.close();
	}

	@Override
	public boolean isRunning() {
		return this.running;
	}

}
