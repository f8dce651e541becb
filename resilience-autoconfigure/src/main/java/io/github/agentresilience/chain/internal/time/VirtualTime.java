package io.github.agentresilience.chain.internal.time;

import java.time.Instant;
import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.TimeUnit;

import io.github.agentresilience.chain.internal.foreign.ForeignCode;
import reactor.core.Disposable;

/**
 * A time that passes from one event to the next, as fast as they can be run: what is
 * scheduled stands in a queue, and whoever drives it takes one after the other, always in
 * the same order. Everything runs on the driver's thread, so nothing may wait there.
 *
 * <p>
 * It is an executor too: what it is given runs at the present moment, after all that was
 * given before.
 */
public final class VirtualTime extends Time implements Executor {

	private final PriorityQueue<Task> tasks = new PriorityQueue<>(
			Comparator.<Task>comparingLong((task) -> task.due).thenComparingLong((task) -> task.number));

	private final long origin;

	private final Instant wallOrigin;

	private volatile long now;

	private long number;

	/**
	 * A time that begins at a moment.
	 * @param nanos what its monotonic clock shows then
	 * @param now what its wall clock shows then
	 */
	public VirtualTime(long nanos, Instant now) {
		this.origin = nanos;
		this.wallOrigin = now;
		this.now = nanos;
	}

	@Override
	public long nanos() {
		return this.now;
	}

	@Override
	public Instant now() {
		return this.wallOrigin.plusNanos(this.now - this.origin);
	}

	/** When the next task is due, the end of all times where there is none. */
	public long nextDueNanos() {
		Task next = this.tasks.peek();
		return (next != null) ? next.due : Long.MAX_VALUE;
	}

	/** Moves on to a moment, which nothing that is scheduled comes before. */
	public void turnTo(long nanos) {
		this.now = Math.max(this.now, nanos);
	}

	/**
	 * Runs the next task, at the time at which it is due.
	 * @return whether there was one
	 */
	public boolean runNext() {
		Task next = this.tasks.poll();
		if (next == null) {
			return false;
		}
		turnTo(next.due);
		try {
			next.executor.execute(next.task);
		}
		catch (RuntimeException ex) {
			ForeignCode.failed(next.task, ex);
		}
		return true;
	}

	@Override
	public void execute(Runnable task) {
		schedule(task, 0, Runnable::run);
	}

	@Override
	public Disposable schedule(Runnable task, long nanos, Executor executor) {
		long wait = Math.max(0, nanos);
		long due = (wait > Long.MAX_VALUE - Math.max(0, this.now)) ? Long.MAX_VALUE : this.now + wait;
		Task later = new Task(task, due, this.number++, executor);
		this.tasks.add(later);
		return later;
	}

	/**
	 * Nobody can wait by a time that passes on the waiting thread.
	 * @throws IllegalStateException where something would have to be waited
	 */
	@Override
	public void sleep(long nanos) {
		if (nanos > 0) {
			throw new IllegalStateException("A thread cannot wait by a virtual time");
		}
	}

	@Override
	public <T> T await(Future<T> result, long nanos) throws InterruptedException, ExecutionException, TimeoutException {
		return result.get(0, TimeUnit.NANOSECONDS);
	}

	/** Forgets what is due later. */
	@Override
	public void close() {
		this.tasks.clear();
	}

	private final class Task implements Disposable {

		private final Runnable task;

		private final long due;

		private final long number;

		private final Executor executor;

		private boolean disposed;

		Task(Runnable task, long due, long number, Executor executor) {
			this.task = task;
			this.due = due;
			this.number = number;
			this.executor = executor;
		}

		@Override
		public void dispose() {
			if (!this.disposed) {
				this.disposed = true;
				VirtualTime.this.tasks.remove(this);
			}
		}

		@Override
		public boolean isDisposed() {
			return this.disposed;
		}

	}

}
