package io.github.agentresilience.chain.internal.budget;

import java.util.concurrent.atomic.AtomicLong;

/**
 * Keeps something a share of the calls: each call earns a part of one, and what is earned
 * can be saved up to a bound.
 */
public final class TokenBucket {

	private static final long ONE = 1_000;

	private final long earnedPerCall;

	private final long most;

	private final AtomicLong saved;

	/** What is left of an advance to be earned. */
	private final AtomicLong owed;

	/**
	 * A bucket that is full.
	 * @param share what a call earns
	 * @param most what can be saved up
	 * @param advance what there is before the first call; the first calls earn that, and
	 * nothing beyond
	 */
	public TokenBucket(double share, int most, int advance) {
		this.earnedPerCall = Math.round(share * ONE);
		this.most = most * ONE;
		long inAdvance = (this.earnedPerCall > 0) ? advance * ONE : 0;
		this.saved = new AtomicLong(inAdvance);
		this.owed = new AtomicLong(inAdvance);
	}

	public void callStarted() {
		if (this.owed.get() > 0) {
			this.owed.addAndGet(-this.earnedPerCall);
		}
		else if (this.saved.get() < this.most) {
			this.saved.addAndGet(this.earnedPerCall);
		}
	}

	/** Loses all but a share of what is saved up. */
	void keep(double share) {
		long now = this.saved.get();
		while (!this.saved.compareAndSet(now, (long) (now * share))) {
			now = this.saved.get();
		}
	}

	public void giveBack() {
		this.saved.addAndGet(ONE);
	}

	boolean hasOne() {
		return this.saved.get() >= ONE;
	}

	public boolean tryTake() {
		return this.saved.getAndUpdate((now) -> now >= ONE ? now - ONE : now) >= ONE;
	}

}
