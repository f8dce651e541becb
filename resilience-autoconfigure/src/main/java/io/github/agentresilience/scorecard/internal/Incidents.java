package io.github.agentresilience.scorecard.internal;

import org.jspecify.annotations.Nullable;

/**
 * Times in which something is broken: one opens with the first failure while none is
 * open, and closes with the next success. Their mean length is the MTTR.
 */
public final class Incidents {

	static final long NONE = -1;

	private volatile boolean open;

	private long openedAt;

	private long closed;

	private long closedNanos;

	/** Something failed. */
	public synchronized void failed(long nowNanos) {
		if (!this.open) {
			this.open = true;
			this.openedAt = nowNanos;
		}
	}

	/**
	 * Something succeeded.
	 * @return the length of the incident that this closed, in nanoseconds, or
	 * {@link #NONE}
	 */
	public long succeeded(long nowNanos) {
		return this.open ? close(nowNanos) : NONE;
	}

	private synchronized long close(long nowNanos) {
		if (!this.open) {
			return NONE;
		}
		long length = Math.max(0, nowNanos - this.openedAt);
		this.open = false;
		this.closed++;
		this.closedNanos += length;
		return length;
	}

	synchronized void reset() {
		this.open = false;
		this.closed = 0;
		this.closedNanos = 0;
	}

	public synchronized Snapshot snapshot() {
		return new Snapshot(this.closed + (this.open ? 1 : 0), this.open, this.openedAt, this.closed, this.closedNanos);
	}

	/**
	 * What there is to say about incidents.
	 *
	 * @param count all, an open one included
	 * @param isOpen whether one is open
	 * @param openedAt when the open one began, by the chains' clock
	 * @param closed how many have ended
	 * @param closedNanos how long those lasted together
	 */
	public record Snapshot(long count, boolean isOpen, long openedAt, long closed, long closedNanos) {

		static final Snapshot NONE = new Snapshot(0, false, 0, 0, 0);

		Snapshot plus(Snapshot other) {
			return new Snapshot(this.count + other.count, this.isOpen || other.isOpen,
					this.isOpen ? this.openedAt : other.openedAt, this.closed + other.closed,
					this.closedNanos + other.closedNanos);
		}

		public @Nullable Double mttrMs() {
			return this.closed == 0 ? null : this.closedNanos / 1e6 / this.closed;
		}

	}

}
