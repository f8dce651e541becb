package io.github.agentresilience.sample.world;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/**
 * How long an embedded server takes to answer: evenly spread between two bounds.
 *
 * @param word how long a stream then takes between two words
 */
public record Latency(Duration min, Duration max, Duration word) {

	public Latency {
		if (min.isNegative() || max.compareTo(min) < 0) {
			throw new IllegalArgumentException(
					"latency must go from a smaller to a larger duration, not " + min + " to " + max);
		}
		if (word.isNegative()) {
			throw new IllegalArgumentException("latency between words must not be negative, as " + word + " is");
		}
	}

	/** Of a server whose streams come all at once. */
	public Latency(Duration min, Duration max) {
		this(min, max, Duration.ZERO);
	}

	/** Waits once, or until the server closes. */
	void await(CountDownLatch closed) {
		await(closed, ThreadLocalRandom.current().nextLong(this.min.toNanos(), this.max.toNanos() + 1));
	}

	/** Waits between two words, or until the server closes. */
	void awaitWord(CountDownLatch closed) {
		await(closed, this.word.toNanos());
	}

	private static void await(CountDownLatch closed, long nanos) {
		try {
			closed.await(nanos, TimeUnit.NANOSECONDS);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

}
