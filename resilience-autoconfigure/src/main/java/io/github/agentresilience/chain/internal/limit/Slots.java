package io.github.agentresilience.chain.internal.limit;

import java.util.concurrent.atomic.AtomicInteger;

import io.github.agentresilience.chain.internal.policy.LimitPolicy;
import org.jspecify.annotations.Nullable;

/**
 * So many attempts at once: a number, or what the target turns out to take.
 */
final class Slots {

	/** {@code null} where the limit does not change. */
	private final @Nullable AdaptiveLimit adaptive;

	private final int fixed;

	private final AtomicInteger taken = new AtomicInteger();

	/**
	 * Slots.
	 * @param concurrency how many, or {@link LimitPolicy#ADAPTIVE}
	 */
	Slots(int concurrency) {
		this.adaptive = (concurrency == LimitPolicy.ADAPTIVE) ? new AdaptiveLimit() : null;
		this.fixed = concurrency;
	}

	/**
	 * Takes one.
	 * @return how many are taken with it, 0 where there was none
	 */
	int tryTake() {
		int most = most();
		int before = this.taken.getAndUpdate((now) -> now < most ? now + 1 : now);
		return (before < most) ? before + 1 : 0;
	}

	void giveBack() {
		this.taken.decrementAndGet();
	}

	boolean hasRoom() {
		return this.taken.get() < most();
	}

	int most() {
		return (this.adaptive != null) ? this.adaptive.get() : this.fixed;
	}

	/**
	 * How many attempts are under way; more than there are slots where these went down.
	 */
	int taken() {
		return this.taken.get();
	}

	/** {@code null} where the limit does not change. */
	@Nullable AdaptiveLimit adaptive() {
		return this.adaptive;
	}

}
