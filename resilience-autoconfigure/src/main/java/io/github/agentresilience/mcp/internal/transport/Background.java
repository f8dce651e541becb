package io.github.agentresilience.mcp.internal.transport;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;

import io.github.agentresilience.chain.internal.engine.ChainRuntime;
import io.github.agentresilience.chain.internal.time.Time;
import io.github.agentresilience.chain.internal.time.TimeScheduler;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.scheduler.Scheduler;

/**
 * What the transports do beside the calls: waiting, pinging, watching processes.
 *
 * @param time what they go by
 * @param scheduler has the threads of what is short
 * @param processes has a thread for each process of a stdio server, which is waited for
 * until it ends
 */
record Background(Time time, Scheduler scheduler, Executor processes) {

	static Background of(ChainRuntime runtime) {
		return new Background(runtime.time(), new TimeScheduler(runtime.time(), runtime.workers().of("mcp-transport")),
				runtime.workers().of("mcp-process"));
	}

	/**
	 * Runs a task once, later.
	 * @return cancels it, as long as it has not begun
	 */
	Disposable later(Duration delay, Runnable task) {
		return this.scheduler.schedule(task, delay.toNanos(), TimeUnit.NANOSECONDS);
	}

	/** Completes a future that is not done by then, with nothing. */
	<T> void completeAfter(Duration most, CompletableFuture<@Nullable T> future) {
		Disposable due = later(most, () -> future.complete(null));
		future.whenComplete((value, thrown) -> due.dispose());
	}

}
