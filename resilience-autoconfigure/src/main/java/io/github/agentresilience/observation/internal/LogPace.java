package io.github.agentresilience.observation.internal;

import java.time.Duration;
import java.util.concurrent.Executor;

import io.github.agentresilience.chain.internal.time.Time;

/**
 * How often a line of one kind about one thing may come.
 *
 * @param oneLineEvery the least time between two lines
 * @param time what this is measured by
 * @param executor writes what is held back
 */
record LogPace(Duration oneLineEvery, Time time, Executor executor) {

	static LogPace of(Time time, Executor executor) {
		return new LogPace(Duration.ofSeconds(10), time, executor);
	}

	long now() {
		return this.time.nanos();
	}

	/** Runs a task later, on a thread that it may block. */
	void later(Runnable task, long nanos) {
		this.time.schedule(task, nanos, this.executor);
	}

}
