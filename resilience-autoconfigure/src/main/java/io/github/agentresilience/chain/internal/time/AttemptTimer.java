package io.github.agentresilience.chain.internal.time;

import java.util.Locale;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;

import io.github.agentresilience.chain.internal.foreign.ForeignCode;
import org.jspecify.annotations.Nullable;

/**
 * A hashed timing wheel for attempt timeouts, in one daemon thread. Arming and disarming
 * are two short list operations and wake no thread, where a scheduled executor wakes its
 * thread for nearly every call; in return a timeout is exact to one tick only. The thread
 * sleeps while nothing is armed.
 *
 * <p>
 * It also looks after the interrupts of waiting threads: a blocking socket read notices
 * none, so the timer does.
 *
 * @see <a href="https://doi.org/10.1109/90.650142">Varghese and Lauck, Hashed and
 * Hierarchical Timing Wheels</a>
 */
public final class AttemptTimer implements AutoCloseable {

	static final long TICK_NANOS = 5_000_000;

	private static final int BUCKETS = 1024;

	private static final int INTERRUPT_CHECK_ROUNDS = 4;

	/** Ticks without an armed entry after which the thread stops ticking: one second. */
	private static final long IDLE_TICKS = 200;

	private final TimerBucket[] buckets = new TimerBucket[BUCKETS];

	private final AtomicInteger armed = new AtomicInteger();

	private final Time time;

	private final Handover elsewhere;

	private final long origin;

	private final ThreadFactory threads;

	/** Held by whoever starts a thread in the place of one that has died. */
	private final ReentrantLock restart = new ReentrantLock();

	private volatile Thread thread;

	private volatile boolean restarted;

	private volatile long lastTick = -1;

	/** Whether whoever arms has to see to it that the thread ticks. */
	private volatile boolean idle = true;

	private volatile boolean closed;

	/** Whether the thread has left off, and ticks no more. */
	private volatile boolean ended;

	/**
	 * The last tick whose entries have all been told, which {@link #catchUp} waits for.
	 */
	private volatile long toldTick = -1;

	/**
	 * A timer.
	 * @param time what it goes by
	 * @param elsewhere takes what may block, since all timeouts of the application depend
	 * on the timer's one thread
	 */
	public AttemptTimer(Time time, Handover elsewhere) {
		// Not the application's scheduler: that wakes its thread for nearly every call
		// and does not look at interrupts
		this(time, elsewhere, (task) -> {
			Thread thread = new Thread(null, task, "resilience-timer", 0, false);
			thread.setDaemon(true);
			return thread;
		});
	}

	AttemptTimer(Time time, Handover elsewhere, ThreadFactory threads) {
		this.time = time;
		this.elsewhere = elsewhere;
		this.threads = threads;
		this.origin = time.nanos();
		for (int i = 0; i < BUCKETS; i++) {
			this.buckets[i] = new TimerBucket();
		}
		this.thread = threads.newThread(this::run);
		this.thread.start();
		time.drives(this);
	}

	public void arm(TimedEntry entry, long nanos, @Nullable Thread waiting) {
		entry.waiting = waiting;
		entry.dueTick = (this.time.nanos() - this.origin + nanos) / TICK_NANOS + 1;
		this.armed.incrementAndGet();
		TimerBucket bucket = bucketOf(entry.dueTick);
		bucket.add(entry);
		// A thread that lost its turn just above comes too late for its tick, whose
		// bucket is next seen a whole round later
		for (long last = this.lastTick; entry.dueTick <= last && bucket.remove(entry); last = this.lastTick) {
			entry.dueTick = last + 1;
			bucket = bucketOf(entry.dueTick);
			bucket.add(entry);
		}
		if (this.idle) {
			wakeUp();
		}
	}

	private void wakeUp() {
		Thread ticking = this.thread;
		if (ticking.isAlive() && !this.ended) {
			LockSupport.unpark(ticking);
		}
		else {
			restart();
		}
	}

	/** All timeouts of the application depend on the thread, so there is always one. */
	private void restart() {
		if (!this.restart.tryLock()) {
			return;
		}
		try {
			if (this.ended || this.thread == Thread.currentThread() || !this.thread.isAlive()) {
				Thread next = this.threads.newThread(this::run);
				this.thread = next;
				this.ended = false;
				next.start();
				this.restarted = true;
			}
		}
		catch (Throwable noThread) {
			// Whoever arms next tries again
			ForeignCode.failed(this, noThread);
		}
		finally {
			this.restart.unlock();
		}
	}

	/** Whether its thread ticks; one that has died is started anew where that can be. */
	public State state() {
		if (!this.closed && !this.thread.isAlive()) {
			restart();
		}
		if (!this.thread.isAlive()) {
			return State.DEAD;
		}
		return this.restarted ? State.RESTARTED : State.RUNNING;
	}

	private TimerBucket bucketOf(long tick) {
		return this.buckets[(int) (tick & (BUCKETS - 1))];
	}

	public void disarm(TimedEntry entry) {
		TimerBucket bucket = entry.bucket;
		if (bucket != null && bucket.remove(entry)) {
			this.armed.decrementAndGet();
		}
	}

	/** How many entries are armed. */
	public int armed() {
		return this.armed.get();
	}

	private void run() {
		try {
			tick();
		}
		finally {
			this.idle = true;
			if (!this.closed) {
				LockSupport.parkNanos(this, TICK_NANOS);
				restart();
			}
			else {
				this.ended = true;
				if (this.armed.get() > 0) {
					// Armed when nothing was to be seen of it
					restart();
				}
			}
		}
	}

	private void tick() {
		long tick = 0;
		int rounds = 0;
		long idleTicks = 0;
		this.idle = false;
		while (!this.closed || this.armed.get() > 0) {
			long now = (this.time.nanos() - this.origin) / TICK_NANOS;
			long from = Math.max(tick, now - BUCKETS);
			// Before the buckets are looked into, so that whoever adds to one either is
			// seen or sees this
			this.lastTick = now;
			for (long due = from; due <= now; due++) {
				expire(bucketOf(due), now);
			}
			this.toldTick = now;
			tick = now + 1;
			if (++rounds % INTERRUPT_CHECK_ROUNDS == 0 && this.armed.get() > 0) {
				checkInterrupts();
			}
			idleTicks = (this.armed.get() == 0) ? idleTicks + 1 : 0;
			if (idleTicks < IDLE_TICKS) {
				LockSupport.parkNanos(this, this.origin + tick * TICK_NANOS - this.time.nanos());
			}
			else {
				sleepUntilArmed();
				idleTicks = 0;
			}
		}
	}

	private void sleepUntilArmed() {
		this.idle = true;
		while (this.armed.get() == 0 && !this.closed) {
			LockSupport.park(this);
		}
		this.idle = false;
	}

	private void expire(TimerBucket bucket, long now) {
		for (TimedEntry entry = bucket.takeDue(now); entry != null; entry = bucket.takeDue(now)) {
			this.armed.decrementAndGet();
			try {
				entry.expired(this);
			}
			catch (Throwable ex) {
				// All timeouts of the application depend on this thread
				ForeignCode.failed(entry, ex);
			}
		}
	}

	/** Does on another thread what may block. */
	void handOver(Runnable task) {
		this.elsewhere.execute(task);
	}

	private void checkInterrupts() {
		for (TimerBucket bucket : this.buckets) {
			if (bucket.isEmpty()) {
				continue;
			}
			for (TimedEntry entry = bucket.takeInterrupted(); entry != null; entry = bucket.takeInterrupted()) {
				this.armed.decrementAndGet();
				this.elsewhere.execute(entry::waitingThreadInterrupted);
			}
		}
	}

	/**
	 * For a time that is turned by hand: returns when all that is due has been told of
	 * it, on the timer's thread and those that it hands work to.
	 */
	public void catchUp() {
		long now = (this.time.nanos() - this.origin) / TICK_NANOS;
		while (this.toldTick < now && !(this.idle && this.armed.get() == 0) && this.thread.isAlive()) {
			LockSupport.unpark(this.thread);
			Thread.yield();
		}
		this.elsewhere.catchUp();
	}

	/**
	 * For the same: when the next entry is due by the time of this timer, the end of all
	 * times where there is none.
	 */
	public long nextDueNanos() {
		long next = Long.MAX_VALUE;
		for (TimerBucket bucket : this.buckets) {
			next = Math.min(next, bucket.firstDueTick());
		}
		return (next == Long.MAX_VALUE) ? next : this.origin + next * TICK_NANOS;
	}

	/**
	 * Ends the thread. What is armed keeps its time all the same, then or later: the
	 * calls of an application that is closed would never end without it.
	 */
	@Override
	public void close() {
		this.closed = true;
		LockSupport.unpark(this.thread);
		if (this.armed.get() == 0) {
			Closing.await(this.thread, 1);
		}
	}

	/** Whether timeouts are kept. */
	public enum State {

		/** They are. */
		RUNNING,

		/** They are, by a thread in the place of one that has died. */
		RESTARTED,

		/** They are not: no thread could be started. */
		DEAD;

		private final String id = name().toLowerCase(Locale.ROOT);

		/** The lower-case name, as health shows it. */
		public String id() {
			return this.id;
		}

	}

}
