package io.github.agentresilience.chain.internal.limit;

import java.util.concurrent.TimeUnit;

/**
 * Whether what is used of a limit comes back little by little, or all at once at its
 * reset, by what a target says of both: as more is used, a reset to which all flows back
 * moves away, and the end of a window stays where it is. Not safe for threads.
 */
final class Refill {

	/** How exactly the time of a reset is known: some say it in seconds. */
	private static final long EXACTNESS = TimeUnit.SECONDS.toNanos(2);

	private Kind kind = Kind.UNKNOWN;

	/** How much it has to be used until the reset must have moved, and from where. */
	private long from = -1;

	private long resetFrom;

	private double nanosPerUnit;

	/** Refusals in a row of what should have been left. */
	private int refusals;

	private long refusedAt;

	boolean isWindowed() {
		return this.kind == Kind.WINDOWED;
	}

	/**
	 * An answer says what is left.
	 * @param limit what there is when nothing is used
	 * @param resetNanos how long until that is so again
	 */
	void read(long remaining, long limit, long nowNanos, long resetNanos) {
		long reset = nowNanos + resetNanos;
		if (this.from < remaining || nowNanos - this.resetFrom >= 0) {
			begin(remaining, limit, reset, resetNanos);
			return;
		}
		double flows = (this.from - remaining) * this.nanosPerUnit;
		if (flows >= EXACTNESS) {
			this.kind = (reset - this.resetFrom < flows / 2) ? Kind.WINDOWED : Kind.FLOWING;
			begin(remaining, limit, reset, resetNanos);
		}
	}

	private void begin(long remaining, long limit, long reset, long resetNanos) {
		this.from = remaining;
		this.resetFrom = reset;
		this.nanosPerUnit = (limit > remaining) ? resetNanos / (double) (limit - remaining) : 0;
	}

	/** The target has answered an attempt well. */
	void accepted() {
		this.refusals = 0;
	}

	/**
	 * The target has refused an attempt because nothing was left. One that refuses again,
	 * after something should have come back, has no flow, unless it was seen to have one:
	 * then others use it too.
	 * @param since when the attempt began
	 */
	void refused(long since, long nowNanos) {
		if (this.refusals > 0 && since - this.refusedAt < 0) {
			return;
		}
		this.refusals++;
		this.refusedAt = nowNanos;
		if (this.refusals > 1 && this.kind == Kind.UNKNOWN) {
			this.kind = Kind.WINDOWED;
		}
	}

	private enum Kind {

		UNKNOWN, FLOWING, WINDOWED

	}

}
