package io.github.agentresilience.chain.internal.guard;

import java.util.concurrent.atomic.AtomicLong;

/**
 * The time in which a target that has said when to come back is not asked.
 */
final class Cooldown {

	private static final long NEVER = Long.MIN_VALUE;

	private final AtomicLong until = new AtomicLong(NEVER);

	/**
	 * How long it lasts yet.
	 * @param nowNanos the chain's clock
	 * @return nanoseconds, 0 when it is over
	 */
	long nanos(long nowNanos) {
		long end = this.until.get();
		return end == NEVER ? 0 : Math.max(0, end - nowNanos);
	}

	/**
	 * A later end extends it; an earlier one never cuts it.
	 * @return when it ends, on the chain's clock
	 */
	long extendTo(long untilNanos) {
		return this.until.accumulateAndGet(untilNanos, (old, other) -> old == NEVER || other - old > 0 ? other : old);
	}

	void end() {
		this.until.set(NEVER);
	}

}
