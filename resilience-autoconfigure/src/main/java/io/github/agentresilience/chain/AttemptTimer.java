package io.github.agentresilience.chain;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;

import org.jspecify.annotations.Nullable;

/**
 * A hashed timing wheel for attempt timeouts, in one daemon thread. Arming and disarming are two short list
 * operations and wake nobody, where a scheduled executor wakes its thread for nearly every call; in return a timeout
 * is exact to one tick only. The thread sleeps while nothing is armed.
 *
 * <p>
 * It also looks after the interrupts of waiting threads: a blocking socket read notices none, so the timer does.
 *
 * @see <a href="https://doi.org/10.1109/90.650142">Varghese and Lauck, Hashed and Hierarchical Timing Wheels</a>
 */
public final class AttemptTimer implements AutoCloseable {

	static final long TICK_NANOS = 5_000_000;

	private static final int BUCKETS = 1024;

	private static final int INTERRUPT_CHECK_TICKS = 4;

	/** Ticks without an armed entry after which the thread stops ticking: one second. */
	private static final long IDLE_TICKS = 200;

	private final Bucket[] buckets = new Bucket[BUCKETS];

	private final AtomicInteger armed = new AtomicInteger();

	private final long origin = System.nanoTime();

	private final Thread thread;

	private volatile long lastTick = -1;

	private volatile boolean idle;

	private volatile boolean closed;

	public AttemptTimer() {
		for (int i = 0; i < BUCKETS; i++) {
			this.buckets[i] = new Bucket();
		}
		this.thread = new Thread(this::run, "resilience-timer");
		this.thread.setDaemon(true);
		this.thread.start();
	}

	void arm(TimedEntry entry, long nanos, @Nullable Thread waiting) {
		entry.waiting = waiting;
		entry.dueTick = (System.nanoTime() - this.origin + nanos) / TICK_NANOS + 1;
		this.armed.incrementAndGet();
		Bucket bucket = bucketOf(entry.dueTick);
		bucket.add(entry);
		// A thread that lost its turn just above comes too late for its tick, whose bucket is next seen a whole round later
		for (long last = this.lastTick; entry.dueTick <= last && bucket.remove(entry); last = this.lastTick) {
			entry.dueTick = last + 1;
			bucket = bucketOf(entry.dueTick);
			bucket.add(entry);
		}
		if (this.idle) {
			LockSupport.unpark(this.thread);
		}
	}

	private Bucket bucketOf(long tick) {
		return this.buckets[(int) (tick & (BUCKETS - 1))];
	}

	void disarm(TimedEntry entry) {
		Bucket bucket = entry.bucket;
		if (bucket != null && bucket.remove(entry)) {
			this.armed.decrementAndGet();
		}
	}

	private void run() {
		long tick = 0;
		long idleTicks = 0;
		while (!this.closed) {
			long now = (System.nanoTime() - this.origin) / TICK_NANOS;
			long from = Math.max(tick, now - BUCKETS);
			// Before the buckets are looked into, so that whoever adds to one either is seen or sees this
			this.lastTick = now;
			for (long due = from; due <= now; due++) {
				expire(bucketOf(due), now);
			}
			tick = now + 1;
			if (now % INTERRUPT_CHECK_TICKS == 0 && this.armed.get() > 0) {
				checkInterrupts();
			}
			idleTicks = (this.armed.get() == 0) ? idleTicks + 1 : 0;
			if (idleTicks < IDLE_TICKS) {
				LockSupport.parkNanos(this, this.origin + tick * TICK_NANOS - System.nanoTime());
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

	private void expire(Bucket bucket, long now) {
		for (TimedEntry entry = bucket.takeDue(now); entry != null; entry = bucket.takeDue(now)) {
			this.armed.decrementAndGet();
			entry.expired(this);
		}
	}

	private void checkInterrupts() {
		for (Bucket bucket : this.buckets) {
			if (bucket.first == null) {
				continue;
			}
			for (TimedEntry entry = bucket.takeInterrupted(); entry != null; entry = bucket.takeInterrupted()) {
				this.armed.decrementAndGet();
				entry.waitingThreadInterrupted();
			}
		}
	}

	@Override
	public void close() {
		this.closed = true;
		LockSupport.unpark(this.thread);
	}

	/** One slot of the wheel. Its lock is held for pointer updates only. */
	static final class Bucket {

		private final ReentrantLock lock = new ReentrantLock();

		private volatile @Nullable TimedEntry first;

		void add(TimedEntry entry) {
			this.lock.lock();
			try {
				TimedEntry old = this.first;
				entry.bucket = this;
				entry.next = old;
				if (old != null) {
					old.previous = entry;
				}
				this.first = entry;
			}
			finally {
				this.lock.unlock();
			}
		}

		boolean remove(TimedEntry entry) {
			this.lock.lock();
			try {
				if (entry.bucket != this) {
					return false;
				}
				unlink(entry);
				return true;
			}
			finally {
				this.lock.unlock();
			}
		}

		@Nullable TimedEntry takeDue(long now) {
			if (this.first == null) {
				return null;
			}
			this.lock.lock();
			try {
				for (TimedEntry entry = this.first; entry != null; entry = entry.next) {
					if (entry.dueTick <= now) {
						unlink(entry);
						return entry;
					}
				}
				return null;
			}
			finally {
				this.lock.unlock();
			}
		}

		@Nullable TimedEntry takeInterrupted() {
			this.lock.lock();
			try {
				for (TimedEntry entry = this.first; entry != null; entry = entry.next) {
					Thread waiting = entry.waiting;
					if (waiting != null && waiting.isInterrupted()) {
						unlink(entry);
						return entry;
					}
				}
				return null;
			}
			finally {
				this.lock.unlock();
			}
		}

		private void unlink(TimedEntry entry) {
			TimedEntry before = entry.previous;
			TimedEntry after = entry.next;
			if (before == null) {
				this.first = after;
			}
			else {
				before.next = after;
			}
			if (after != null) {
				after.previous = before;
			}
			entry.previous = null;
			entry.next = null;
			entry.bucket = null;
		}

	}

}
