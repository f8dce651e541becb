package io.github.agentresilience.support;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.IntSupplier;

import io.github.agentresilience.chain.internal.time.AttemptTimer;
import io.github.agentresilience.chain.internal.time.SystemTime;
import io.github.agentresilience.chain.internal.time.Time;
import reactor.core.Disposable;

/**
 * A time that a test turns by hand: {@link #advance} moves the monotonic clock and the
 * wall clock together, runs what comes due, in order and on the calling thread, and wakes
 * who sleeps until then. Timeouts of attempts come at the next tick of their timer, which
 * is 5 ms, so advance a little further than they are.
 *
 * <p>
 * One {@linkplain #standing() stands still} in between. The other {@linkplain #running()
 * goes on} as the system's does, for tests with real servers that only want to skip an
 * hour; what comes due there by itself runs on the executor that it was scheduled for.
 */
public final class ManualTime extends Time {

	private static final Duration PATIENCE = Duration.ofSeconds(20);

	private final ReentrantLock lock = new ReentrantLock();

	private final Condition changed = this.lock.newCondition();

	private final PriorityQueue<Task> tasks = new PriorityQueue<>(
			Comparator.<Task>comparingLong((task) -> task.due).thenComparingLong((task) -> task.number));

	/** Until when each waiting thread waits. */
	private final List<Long> waiting = new ArrayList<>();

	private final List<AttemptTimer> timers = new CopyOnWriteArrayList<>();

	private final SystemTime system;

	private final ExecutorService systemThread;

	private final int timesAsFast;

	private final Instant wallStart;

	private final long systemStart = System.nanoTime();

	private volatile long turned = TimeUnit.HOURS.toNanos(1);

	private long number;

	private ManualTime(int timesAsFast, Instant wallStart) {
		this.timesAsFast = timesAsFast;
		this.wallStart = wallStart.minusNanos(this.turned);
		this.system = new SystemTime();
		this.systemThread = Executors.newSingleThreadExecutor((task) -> {
			Thread thread = new Thread(task, "manual-time");
			thread.setDaemon(true);
			return thread;
		});
	}

	/** A time that moves only when it is advanced. */
	public static ManualTime standing() {
		return standing(Instant.parse("2030-01-01T00:00:00Z"));
	}

	/** The same from a moment of the wall clock on. */
	public static ManualTime standing(Instant now) {
		return new ManualTime(0, now);
	}

	/** A time that is the system's until it is advanced, and ahead of it from then on. */
	public static ManualTime running() {
		return running(1);
	}

	/** One that goes so many times as fast as the system's. */
	public static ManualTime running(int timesAsFast) {
		return new ManualTime(timesAsFast, Instant.now());
	}

	@Override
	public long nanos() {
		return (System.nanoTime() - this.systemStart) * this.timesAsFast + this.turned;
	}

	@Override
	public Instant now() {
		return this.wallStart.plusNanos(nanos());
	}

	/**
	 * Moves on without running what comes due, as where all threads are busy: that waits
	 * for the next {@link #advance}.
	 */
	public void turn(Duration duration) {
		this.lock.lock();
		try {
			this.turned += duration.toNanos();
			this.changed.signalAll();
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * Moves on. What comes due on the way sees the time at which it is due, and so does
	 * what it schedules in turn.
	 */
	public void advance(Duration duration) {
		long end = nanos() + duration.toNanos();
		for (long next = nextBefore(end); next - end < 0; next = nextBefore(end)) {
			turnTo(next);
		}
		turnTo(end);
	}

	private long nextBefore(long end) {
		long next = end;
		this.lock.lock();
		try {
			Task first = this.tasks.peek();
			next = (first != null) ? Math.min(next, first.due) : next;
			for (long due : this.waiting) {
				next = Math.min(next, due);
			}
		}
		finally {
			this.lock.unlock();
		}
		for (AttemptTimer timer : this.timers) {
			next = Math.min(next, timer.nextDueNanos());
		}
		return next;
	}

	private void turnTo(long nanos) {
		this.lock.lock();
		try {
			this.turned += Math.max(0, nanos - nanos());
			this.changed.signalAll();
		}
		finally {
			this.lock.unlock();
		}
		this.timers.forEach(AttemptTimer::catchUp);
		for (Task due = due(); due != null; due = due()) {
			due.task.run();
		}
		await("a thread that has slept its time wakes up",
				() -> this.waiting.stream().noneMatch((due) -> due - nanos() <= 0) ? 1 : 0, 1);
	}

	/** Takes what is due. */
	private Task due() {
		this.lock.lock();
		try {
			Task first = this.tasks.peek();
			return (first != null && first.due - nanos() <= 0) ? this.tasks.poll() : null;
		}
		finally {
			this.lock.unlock();
		}
	}

	/** Returns when that many threads sleep or wait by this time. */
	public void awaitWaiting(int threads) {
		await("threads wait by this time", this.waiting::size, threads);
	}

	/** Returns when that many tasks are scheduled. */
	public void awaitScheduled(int count) {
		await("tasks are scheduled", this.tasks::size, count);
	}

	private void await(String what, IntSupplier number, int wanted) {
		long until = System.nanoTime() + PATIENCE.toNanos();
		this.lock.lock();
		try {
			while (number.getAsInt() < wanted) {
				long left = until - System.nanoTime();
				if (left <= 0) {
					throw new AssertionError("Waited in vain until " + what + ": " + number.getAsInt() + " of " + wanted
							+ ", at " + now());
				}
				this.changed.awaitNanos(left);
			}
		}
		catch (InterruptedException ex) {
			throw new AssertionError("Interrupted", ex);
		}
		finally {
			this.lock.unlock();
		}
	}

	@Override
	public void sleep(long nanos) throws InterruptedException {
		if (nanos > 0) {
			waitUntil(nanos() + nanos, () -> 0);
		}
	}

	@Override
	public <T> T await(Future<T> result, long nanos) throws InterruptedException, ExecutionException, TimeoutException {
		if (nanos > 0) {
			waitUntil(nanos() + nanos, () -> result.isDone() ? 1 : 0);
		}
		return result.get(0, TimeUnit.NANOSECONDS);
	}

	private void waitUntil(Long due, IntSupplier over) throws InterruptedException {
		this.lock.lockInterruptibly();
		try {
			this.waiting.add(due);
			this.changed.signalAll();
			while (due - nanos() > 0 && over.getAsInt() == 0) {
				// It is not told when a future is done, or when the system's clock is
				// there
				this.changed.awaitNanos(TimeUnit.MILLISECONDS.toNanos(1));
			}
		}
		finally {
			this.waiting.remove(due);
			this.changed.signalAll();
			this.lock.unlock();
		}
	}

	@Override
	public Disposable schedule(Runnable task, long nanos, Executor executor) {
		Task later;
		this.lock.lock();
		try {
			later = new Task(task, nanos() + Math.max(0, nanos), this.number++);
			this.tasks.add(later);
			this.changed.signalAll();
		}
		finally {
			this.lock.unlock();
		}
		if (nanos <= 0) {
			handOver(later, executor);
		}
		else if (this.timesAsFast > 0) {
			later.byItself = this.system.schedule(() -> handOver(later, executor), nanos / this.timesAsFast + 1,
					this.systemThread);
		}
		return later;
	}

	private void handOver(Task due, Executor executor) {
		if (take(due)) {
			try {
				executor.execute(due.task);
			}
			catch (RejectedExecutionException closing) {
				// The application shuts down
			}
		}
	}

	private boolean take(Task task) {
		this.lock.lock();
		try {
			return this.tasks.remove(task);
		}
		finally {
			this.lock.unlock();
		}
	}

	@Override
	protected void drives(AttemptTimer timer) {
		this.timers.add(timer);
	}

	@Override
	public void close() {
		this.timers.clear();
		this.system.close();
		this.systemThread.shutdownNow();
	}

	private final class Task implements Disposable {

		private final Runnable task;

		private final long due;

		private final long number;

		private volatile Disposable byItself;

		private volatile boolean cancelled;

		Task(Runnable task, long due, long number) {
			this.task = task;
			this.due = due;
			this.number = number;
		}

		@Override
		public void dispose() {
			this.cancelled = true;
			take(this);
			Disposable system = this.byItself;
			if (system != null) {
				system.dispose();
			}
		}

		@Override
		public boolean isDisposed() {
			return this.cancelled;
		}

	}

}
