package io.github.agentresilience.chain.internal.budget;

import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

import io.github.agentresilience.chain.internal.policy.Defaults;
import org.jspecify.annotations.Nullable;

/**
 * Keeps retries a small share of the calls of a layer, so that an outage is not
 * multiplied by those who wait for its end. Each call earns a part of a retry, which is
 * worth less from second to second, so that only recent calls count; a few retries a
 * second are allowed to everybody. The idea is Finagle's retry budget, the floor is
 * Envoy's.
 */
public final class RetryBudget {

	/** What can be saved up: the earnings of 500 calls at the default share. */
	private static final int MOST_SAVED = 100;

	/**
	 * Of what is saved up, this is left a second later: on average it is spent within ten
	 * seconds, or lost.
	 */
	private static final double KEPT_PER_SECOND = 0.9;

	private static final long SECOND = 1_000_000_000L;

	/** More than the floor can be used in a second. */
	private static final long FLOOR_RADIX = 1024;

	private final TokenBucket earned;

	private final LongSupplier nanoTime;

	private final AtomicLong agedToSecond;

	/** The second that the floor was last used in, and how often, in one number. */
	private final AtomicLong floor;

	/**
	 * A budget for one layer.
	 * @param share retries allowed as a share of recent calls, 0 or more
	 * @param nanoTime the clock
	 */
	public RetryBudget(double share, LongSupplier nanoTime) {
		this.earned = new TokenBucket(share, MOST_SAVED, 0);
		this.nanoTime = nanoTime;
		long second = Math.floorDiv(nanoTime.getAsLong(), SECOND);
		this.floor = new AtomicLong(second * FLOOR_RADIX);
		this.agedToSecond = new AtomicLong(second);
	}

	/**
	 * A call begins.
	 * @param nowNanos the budget's clock
	 */
	public void callStarted(long nowNanos) {
		age(nowNanos);
		this.earned.callStarted();
	}

	/** Allows a retry, or {@code null} where there is none left. */
	public @Nullable Grant tryRetry() {
		age(this.nanoTime.getAsLong());
		if (this.earned.tryTake()) {
			return Grant.EARNED;
		}
		return tryFloor() ? Grant.FLOOR : null;
	}

	/** Whether a retry would be allowed just now. */
	public boolean hasRetry() {
		return this.earned.hasOne() || floorLeft() > 0;
	}

	private void age(long nowNanos) {
		long second = Math.floorDiv(nowNanos, SECOND);
		long agedTo = this.agedToSecond.get();
		if (second > agedTo && this.agedToSecond.compareAndSet(agedTo, second)) {
			this.earned.keep(Math.pow(KEPT_PER_SECOND, second - agedTo));
		}
	}

	/**
	 * A retry that was allowed has not been made; what it took goes back to where it came
	 * from.
	 */
	public void giveBack(Grant grant) {
		if (grant == Grant.EARNED) {
			this.earned.giveBack();
		}
		else {
			this.floor.updateAndGet((used) -> isOf(used, currentSecond()) && usedIn(used) > 0 ? used - 1 : used);
		}
	}

	private boolean tryFloor() {
		long second = currentSecond();
		long before = this.floor.getAndUpdate((used) -> {
			long now = isOf(used, second) ? used : second * FLOOR_RADIX;
			return (usedIn(now) < Defaults.RETRY_FLOOR_PER_SECOND) ? now + 1 : now;
		});
		return !isOf(before, second) || usedIn(before) < Defaults.RETRY_FLOOR_PER_SECOND;
	}

	private long floorLeft() {
		long used = this.floor.get();
		return Defaults.RETRY_FLOOR_PER_SECOND - (isOf(used, currentSecond()) ? usedIn(used) : 0);
	}

	private long currentSecond() {
		return Math.floorDiv(this.nanoTime.getAsLong(), SECOND);
	}

	private static boolean isOf(long used, long second) {
		return Math.floorDiv(used, FLOOR_RADIX) == second;
	}

	private static long usedIn(long used) {
		return Math.floorMod(used, FLOOR_RADIX);
	}

	/** Where a retry that was allowed came from. */
	public enum Grant {

		/** From what calls have earned. */
		EARNED,

		/** From the few that everybody has each second. */
		FLOOR

	}

}
