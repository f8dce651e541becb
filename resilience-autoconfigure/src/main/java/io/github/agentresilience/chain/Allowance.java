package io.github.agentresilience.chain;

import java.util.concurrent.atomic.AtomicLong;

/**
 * Keeps something a share of the calls: each call earns a part of one, and what is earned can be saved up to a bound.
 */
final class Allowance {

	private static final long ONE = 1_000;

	private final long earnedPerCall;

	private final long most;

	private final AtomicLong saved;

	/**
	 * An allowance.
	 * @param share what a call earns
	 * @param most what can be saved up
	 * @param initially what there is before the first call
	 */
	Allowance(double share, int most, int initially) {
		this.earnedPerCall = Math.round(share * ONE);
		this.most = most * ONE;
		this.saved = new AtomicLong(initially * ONE);
	}

	void callStarted() {
		if (this.saved.get() < this.most) {
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

	void giveBack() {
		this.saved.addAndGet(ONE);
	}

	boolean tryTake() {
		return this.saved.getAndUpdate((now) -> now >= ONE ? now - ONE : now) >= ONE;
	}

}
