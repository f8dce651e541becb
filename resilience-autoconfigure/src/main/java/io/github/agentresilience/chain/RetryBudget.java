package io.github.agentresilience.chain;

import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/**
 * Keeps retries a small share of the calls of a leg, so that an outage is not multiplied by those who wait for its
 * end. Each call earns a part of a retry, which is worth less from second to second, so that only recent calls count; a
 * few retries a second are allowed to everybody. The idea is Finagle's retry budget, the floor is Envoy's.
 */
public final class RetryBudget {

	/** What can be saved up: the earnings of 500 calls at the default share. */
	private static final int MOST_SAVED = 100;

	/** Of what is saved up, this is left a second later: on average it is spent within ten seconds, or lost. */
	private static final double KEPT_PER_SECOND = 0.9;

	private static final long SECOND = 1_000_000_000L;

	private final Allowance earned;

	private final LongSupplier nanoTime;

	private final AtomicLong agedToSecond;

	private final Object floorLock = new Object();

	private long floorSecond;

	private int floorUsed;

	/**
	 * A budget for one leg.
	 * @param share retries allowed as a share of recent calls, 0 or more
	 * @param nanoTime the clock
	 */
	public RetryBudget(double share, LongSupplier nanoTime) {
		this.earned = new Allowance(share, MOST_SAVED, 0);
		this.nanoTime = nanoTime;
		this.floorSecond = Math.floorDiv(nanoTime.getAsLong(), SECOND);
		this.agedToSecond = new AtomicLong(this.floorSecond);
	}

	/**
	 * A call begins.
	 * @param nowNanos the budget's clock
	 */
	void callStarted(long nowNanos) {
		age(nowNanos);
		this.earned.callStarted();
	}

	boolean tryRetry() {
		age(this.nanoTime.getAsLong());
		return this.earned.tryTake() || tryFloor();
	}

	private void age(long nowNanos) {
		long second = Math.floorDiv(nowNanos, SECOND);
		long agedTo = this.agedToSecond.get();
		if (second > agedTo && this.agedToSecond.compareAndSet(agedTo, second)) {
			this.earned.keep(Math.pow(KEPT_PER_SECOND, second - agedTo));
		}
	}

	/** A retry that was allowed has not been made. */
	void giveBack() {
		this.earned.giveBack();
	}

	private boolean tryFloor() {
		synchronized (this.floorLock) {
			long second = Math.floorDiv(this.nanoTime.getAsLong(), SECOND);
			if (second != this.floorSecond) {
				this.floorSecond = second;
				this.floorUsed = 0;
			}
			return this.floorUsed++ < Defaults.RETRY_FLOOR_PER_SECOND;
		}
	}

}
