package io.github.agentresilience.chain.internal.limit;

import java.util.concurrent.locks.ReentrantLock;

/**
 * Finds out how many attempts at once a target takes, from how long it takes to begin to
 * answer and from what it refuses because it is overloaded.
 *
 * <p>
 * Answers are looked at in windows. Where their mean is longer than it is without load,
 * attempts wait at the target, and the limit goes down by about as many as wait; where it
 * is not, and the limit was reached, it goes up by one. A refusal takes the limit down at
 * once, and it is a while until as many are tried again. Now and then half as many are
 * let through, to see how long answers take then: what has always been loaded has no
 * other time to compare with.
 *
 * <p>
 * Gradient2 of Netflix's concurrency-limits compares with a long mean of what it causes
 * itself, and its limit grows for as long as there are calls that want it.
 */
final class AdaptiveLimit {

	/** Where it begins: most targets take as many. */
	static final int FIRST = 10;

	private static final int MOST = 1_000;

	/** By so much a mean may be longer than without load. */
	private static final double TOLERANCE = 1.05;

	/** So many standard errors of a mean are no chance any more. */
	private static final double ERRORS = 4;

	/** What is left of the limit after a refusal. */
	private static final double AFTER_REFUSAL = 0.9;

	/** No window takes it down further. */
	private static final double LEAST_LEFT = 0.5;

	/** Growth until the first sign that it was too much. */
	private static final double FIRST_GROWTH = 1.5;

	/** Windows until as many are tried again as the target has refused. */
	private static final int WINDOWS_AFTER_REFUSAL = 10;

	/** By so much the time without load follows those that are shorter. */
	private static final double WEIGHT_OF_SHORTER = 0.3;

	/**
	 * By so much it follows those that are longer, of the share by which they may be off:
	 * else it would become the shortest that ever came about by chance.
	 */
	private static final double WEIGHT_OF_LONGER = 0.3;

	/** Windows until half as many are let through for the first time, and again. */
	private static final int WINDOWS_UNTIL_FIRST_PROBE = 4;

	private static final int WINDOWS_UNTIL_PROBE = 50;

	/** A time that is shorter by less is the same. */
	private static final double SHORTER = 0.1;

	private static final double ERRORS_OF_SHORTER = 3;

	/**
	 * Times without load until answers are as they are: those to attempts that begin
	 * together come the quick ones first.
	 */
	private static final int SETTLING = 5;

	private static final long NEVER = Long.MIN_VALUE;

	/** No monitor, in which a virtual thread would pin its carrier. */
	private final ReentrantLock lock = new ReentrantLock();

	private final AnswerWindow window = new AnswerWindow();

	/** Without load, in nanoseconds. */
	private double unloaded;

	private boolean growing = true;

	/** What it is when half as many are let through to see how long that takes, or 0. */
	private int beforeProbe;

	private int untilProbe = WINDOWS_UNTIL_FIRST_PROBE;

	/** As many have been refused, or 0. */
	private int refusedAt;

	private int windowsSince;

	/** When it last went down; attempts from before say nothing of what it is now. */
	private long downSince = NEVER;

	/** When it last changed by more than one. */
	private long changedAt = NEVER;

	private volatile int limit = FIRST;

	int get() {
		return this.limit;
	}

	/**
	 * The target has refused an attempt because it is overloaded.
	 * @param since when the attempt began
	 * @param now when it ended
	 * @param atOnce how many were under way when it began, with it
	 */
	void refused(long since, long now, int atOnce) {
		this.lock.lock();
		try {
			// A target that refuses a single attempt means something else
			if (atOnce > 1 && isOf(this.downSince, since)) {
				this.refusedAt = this.limit;
				this.windowsSince = 0;
				down((int) (this.refusedAt * AFTER_REFUSAL), now);
			}
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * The target has answered an attempt.
	 * @param since when the attempt began
	 * @param nanos how long the target took until it began to answer
	 * @param stay how long the attempt was under way
	 * @param atOnce how many were under way when it began, with it
	 */
	void answered(long since, long nanos, long stay, int atOnce) {
		this.lock.lock();
		try {
			if (!isOf(this.downSince, since)) {
				return;
			}
			long begun = since + nanos;
			if (isOf(this.changedAt, begun - (long) (SETTLING * this.unloaded))) {
				this.window.add(nanos, stay, atOnce);
				if (this.window.isFull(this.limit)) {
					endWindow(begun);
				}
			}
		}
		finally {
			this.lock.unlock();
		}
	}

	/** Whether a time lies after a change. */
	private static boolean isOf(long change, long time) {
		return change == NEVER || time - change >= 0;
	}

	private void endWindow(long now) {
		double mean = this.window.mean();
		double error = this.window.error();
		double ratio = (this.unloaded == 0) ? 1 : mean / this.unloaded;
		boolean shorter = ratio < 1 - Math.max(SHORTER, ERRORS_OF_SHORTER * error);
		boolean longer = ratio > TOLERANCE + ERRORS * error;
		this.windowsSince++;
		if (this.unloaded == 0 || shorter) {
			this.unloaded = mean;
		}
		else if (ratio < 1 || this.beforeProbe > 0 || this.limit == 1) {
			this.unloaded += (mean - this.unloaded) * WEIGHT_OF_SHORTER;
		}
		else if (!longer) {
			this.unloaded += (mean - this.unloaded) * WEIGHT_OF_LONGER * error;
		}
		if (this.beforeProbe > 0) {
			endProbe(shorter, now);
		}
		else if (longer) {
			double waiting = (mean - this.unloaded) / Math.max(mean, this.window.stay());
			down((int) (this.limit * Math.max(LEAST_LEFT, 1 - waiting)), now);
		}
		else if (this.window.peak() >= this.limit) {
			if (--this.untilProbe <= 0 && this.limit > 1) {
				beginProbe(now);
			}
			else {
				up(now);
			}
		}
		this.window.clear();
	}

	private void beginProbe(long now) {
		this.beforeProbe = this.limit;
		this.limit = Math.max(1, this.limit / 2);
		this.downSince = now;
		this.changedAt = now;
	}

	/** What takes less time with half as many was too much; there may be more to find. */
	private void endProbe(boolean shorter, long now) {
		if (shorter) {
			this.growing = false;
			this.downSince = now;
		}
		else {
			this.limit = this.beforeProbe;
		}
		this.changedAt = now;
		this.untilProbe = shorter ? 1 : WINDOWS_UNTIL_PROBE;
		this.beforeProbe = 0;
	}

	private void up(long now) {
		int more = this.growing ? (int) Math.ceil(this.limit * FIRST_GROWTH) : this.limit + 1;
		boolean tooSoon = this.refusedAt > 0 && more >= this.refusedAt && this.windowsSince < WINDOWS_AFTER_REFUSAL;
		if (!tooSoon) {
			this.changedAt = (more > this.limit + 1) ? now : this.changedAt;
			this.limit = Math.min(MOST, more);
		}
	}

	private void down(int to, long now) {
		this.growing = false;
		this.beforeProbe = 0;
		this.limit = Math.max(1, Math.min(to, this.limit - 1));
		this.downSince = now;
		this.changedAt = now;
		this.window.clear();
	}

}
