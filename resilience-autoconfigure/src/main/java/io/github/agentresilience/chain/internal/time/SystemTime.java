package io.github.agentresilience.chain.internal.time;

import java.time.Clock;
import java.time.Instant;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.Disposables;

/**
 * The system's clocks, and the one thread on which an application waits for what it does
 * later. The thread only hands tasks over, so that none that blocks holds up another; it
 * is there from the first task on.
 */
public final class SystemTime extends Time {

	private static final long LONGEST_CLOSE_SECONDS = 1;

	private final Clock wallClock = Clock.systemUTC();

	private final ScheduledThreadPoolExecutor scheduler;

	public SystemTime() {
		this.scheduler = new ScheduledThreadPoolExecutor(1, (task) -> {
			Thread thread = new Thread(null, task, "resilience-scheduler", 0, false);
			thread.setDaemon(true);
			return thread;
		});
		// Most tasks are timeouts, and most timeouts are cancelled
		this.scheduler.setRemoveOnCancelPolicy(true);
	}

	@Override
	public long nanos() {
		return System.nanoTime();
	}

	@Override
	public Instant now() {
		return this.wallClock.instant();
	}

	@Override
	public void sleep(long nanos) throws InterruptedException {
		TimeUnit.NANOSECONDS.sleep(nanos);
	}

	@Override
	public <T> T await(Future<T> result, long nanos) throws InterruptedException, ExecutionException, TimeoutException {
		return result.get(nanos, TimeUnit.NANOSECONDS);
	}

	@Override
	public Disposable schedule(Runnable task, long nanos, Executor executor) {
		try {
			if (nanos <= 0) {
				Scheduled now = new Scheduled(task, executor);
				now.run();
				return now;
			}
			Scheduled later = new Scheduled(task, executor);
			Future<?> due = this.scheduler.schedule(later, nanos, TimeUnit.NANOSECONDS);
			later.due = due;
			return later;
		}
		catch (RejectedExecutionException closing) {
			// The application shuts down
			return Disposables.disposed();
		}
	}

	@Override
	public void close() {
		this.scheduler.shutdownNow();
		Closing.await(this.scheduler, LONGEST_CLOSE_SECONDS);
	}

	/** Hands its task over when the time has come. */
	private static final class Scheduled implements Runnable, Disposable {

		private final Runnable task;

		private final Executor executor;

		private volatile @Nullable Future<?> due;

		private volatile boolean cancelled;

		Scheduled(Runnable task, Executor executor) {
			this.task = task;
			this.executor = executor;
		}

		@Override
		public void run() {
			if (this.cancelled) {
				return;
			}
			try {
				this.executor.execute(this::begin);
			}
			catch (RejectedExecutionException closing) {
				// The application shuts down
			}
		}

		private void begin() {
			if (!this.cancelled) {
				this.task.run();
			}
		}

		@Override
		public void dispose() {
			this.cancelled = true;
			Future<?> due = this.due;
			if (due != null) {
				due.cancel(false);
			}
		}

		@Override
		public boolean isDisposed() {
			return this.cancelled;
		}

	}

}
