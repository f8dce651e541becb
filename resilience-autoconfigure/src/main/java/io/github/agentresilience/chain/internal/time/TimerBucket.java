package io.github.agentresilience.chain.internal.time;

import java.util.concurrent.locks.ReentrantLock;

import org.jspecify.annotations.Nullable;

/**
 * One slot of the wheel of an {@link AttemptTimer}: a list that runs through the entries
 * themselves. Its lock is held for pointer updates only.
 */
final class TimerBucket {

	private final ReentrantLock lock = new ReentrantLock();

	private volatile @Nullable TimedEntry first;

	boolean isEmpty() {
		return this.first == null;
	}

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

	long firstDueTick() {
		long first = Long.MAX_VALUE;
		this.lock.lock();
		try {
			for (TimedEntry entry = this.first; entry != null; entry = entry.next) {
				first = Math.min(first, entry.dueTick);
			}
		}
		finally {
			this.lock.unlock();
		}
		return first;
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
