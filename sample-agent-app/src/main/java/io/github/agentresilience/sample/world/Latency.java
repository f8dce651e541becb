package io.github.agentresilience.sample.world;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/**
 * How long an embedded server takes to answer: evenly spread between two bounds.
 */
public record Latency(Duration min, Duration max) {

	public Latency {
		if (min.isNegative() || max.compareTo(min) < 0) {
			throw new IllegalArgumentException("latency must go from a smaller to a larger duration, not " + min + " to "
					+ max);
		}
	}

	/** Waits once, or until the server closes. */
	void await(CountDownLatch closed) {
		long nanos = ThreadLocalRandom.current().nextLong(this.min.toNanos(), this.max.toNanos() + 1);
		try {
			closed.await(nanos, TimeUnit.NANOSECONDS);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

}
