package io.github.agentresilience.chain.internal.limit;

import java.time.Duration;

import io.github.agentresilience.chain.internal.time.Time;

/**
 * How many times as long as foretold waits for a target are of late: others may use it
 * too, of whom nothing is known here. That is forgotten within a minute in which no wait
 * tells it again, since calls that do not wait because of it would never find out that it
 * is over.
 */
final class Slowness {

	/** A shorter wait tells nothing of how well waits are foretold. */
	private static final long SHORTEST_NANOS = Duration.ofMillis(500).toNanos();

	private static final double MOST = 10;

	/** Of recent waits, each counts so much. */
	private static final double WEIGHT_OF_LATEST = 0.1;

	private static final double FORGOTTEN_NANOS = Duration.ofMinutes(1).toNanos();

	private final Time time;

	private volatile Known known;

	Slowness(Time time) {
		this.time = time;
		this.known = new Known(1, time.nanos());
	}

	/** A wait was to be so long, and was so long. */
	synchronized void waited(long foretold, long nanos) {
		if (foretold >= SHORTEST_NANOS) {
			double times = Math.min(MOST, nanos / (double) foretold);
			long now = this.time.nanos();
			double until = this.known.times(now);
			this.known = new Known(until + WEIGHT_OF_LATEST * (times - until), now);
		}
	}

	double times() {
		return this.known.times(this.time.nanos());
	}

	private record Known(double times, long at) {

		double times(long now) {
			return 1 + (this.times - 1) * Math.max(0, 1 - (now - this.at) / FORGOTTEN_NANOS);
		}

	}

}
