package io.github.agentresilience.chain.internal.time;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.TimeoutException;

import io.github.agentresilience.chain.internal.foreign.ForeignCode;
import reactor.core.Disposable;
import reactor.core.Disposables;

/**
 * The time that everything in an application goes by: what it is, and waiting for it. Who
 * has a {@code Time} asks neither the system's clock nor a timer of his own, so that a
 * test can turn the time by hand.
 *
 * <p>
 * A class rather than an interface: the JIT compiler sees that an application has loaded
 * one subclass only, and inlines the readings on a call's way. A replay loads another,
 * and from then on each of them costs a comparison.
 */
public abstract class Time implements AutoCloseable {

	/** A reading of the monotonic clock in nanoseconds, as {@link System#nanoTime()}. */
	public abstract long nanos();

	/** The wall clock. */
	public abstract Instant now();

	/**
	 * The wall clock, for those who want a {@link Clock}. Its zone is UTC.
	 */
	public final Clock clock() {
		return new TimeClock(this);
	}

	/**
	 * Waits on the calling thread.
	 * @param nanos how long; nothing is waited where it is not positive
	 * @throws InterruptedException when the thread is interrupted
	 */
	public abstract void sleep(long nanos) throws InterruptedException;

	/**
	 * Waits on the calling thread for a result.
	 * @param nanos how long at most
	 * @throws ExecutionException when the task has failed
	 * @throws TimeoutException when there is no result by then
	 * @throws InterruptedException when the thread is interrupted
	 */
	public abstract <T> T await(Future<T> result, long nanos)
			throws InterruptedException, ExecutionException, TimeoutException;

	/**
	 * Runs a task once, later. Once the time has come the executor has it, so a task may
	 * block without holding up others that are due.
	 * @param task what to run; nothing runs where the executor or this is closed
	 * @param nanos how long from now, at once where it is not positive
	 * @param executor runs the task
	 * @return cancels it, as long as it has not begun
	 */
	public abstract Disposable schedule(Runnable task, long nanos, Executor executor);

	/**
	 * The same with a {@link Duration}, which may be longer than a {@code long} holds.
	 */
	public final Disposable schedule(Runnable task, Duration delay, Executor executor) {
		return schedule(task, Nanos.of(delay), executor);
	}

	/**
	 * Runs a task again and again, for the first time after the delay, then always that
	 * long after its last end. What it throws does not keep it from running again.
	 * @return stops it; a run under way goes on to its end
	 */
	public final Disposable scheduleWithFixedDelay(Runnable task, Duration delay, Executor executor) {
		Disposable.Swap next = Disposables.swap();
		next.replace(schedule(() -> repeat(task, Nanos.of(delay), executor, next), delay, executor));
		return next;
	}

	private void repeat(Runnable task, long nanos, Executor executor, Disposable.Swap next) {
		if (next.isDisposed()) {
			return;
		}
		try {
			task.run();
		}
		catch (Throwable ex) {
			ForeignCode.failed(task, ex);
		}
		finally {
			if (!next.isDisposed()) {
				next.replace(schedule(() -> repeat(task, nanos, executor, next), nanos, executor));
			}
		}
	}

	/**
	 * Told of each timer of attempts that goes by this time, so that one which is turned
	 * by hand can take the timer along.
	 */
	protected void drives(AttemptTimer timer) {
	}

	/** Ends its threads. What is due later never comes. */
	@Override
	public void close() {
	}

}
