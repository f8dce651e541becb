package io.github.agentresilience.observation.internal;

/**
 * Lets one line through per period, counts the lines that it suppresses, and runs what is
 * held back when the period is over.
 */
final class LogLimit {

	private final LogPace pace;

	/** Logs what is held back, if anything still is. */
	private final Runnable logHeld;

	private boolean saidBefore;

	private long lastNanos;

	private long suppressed;

	private boolean scheduled;

	LogLimit(LogPace pace, Runnable logHeld) {
		this.pace = pace;
		this.logHeld = logHeld;
	}

	/** Whether a line may be written now; if so, it is taken to be. */
	synchronized boolean passes(long nowNanos) {
		if (waitNanos(nowNanos) > 0) {
			return false;
		}
		this.saidBefore = true;
		this.lastNanos = nowNanos;
		return true;
	}

	private long waitNanos(long nowNanos) {
		return this.saidBefore ? this.pace.oneLineEvery().toNanos() - (nowNanos - this.lastNanos) : 0;
	}

	/** Something is held back, and to be logged as soon as a line may be written. */
	void heldBack() {
		long wait;
		synchronized (this) {
			if (this.scheduled) {
				return;
			}
			this.scheduled = true;
			wait = Math.max(1, waitNanos(this.pace.now()));
		}
		this.pace.later(this::due, wait);
	}

	private void due() {
		synchronized (this) {
			this.scheduled = false;
		}
		this.logHeld.run();
	}

	synchronized void leftOut() {
		this.suppressed++;
	}

	synchronized boolean hasUnsaid() {
		return this.suppressed > 0;
	}

	/** How many lines were suppressed since this was last asked. */
	synchronized long suppressed() {
		long count = this.suppressed;
		this.suppressed = 0;
		return count;
	}

}
