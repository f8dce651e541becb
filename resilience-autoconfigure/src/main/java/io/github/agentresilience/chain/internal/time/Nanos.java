package io.github.agentresilience.chain.internal.time;

import java.time.Duration;

/**
 * Durations as nanoseconds that can be added to a clock reading. A duration may be longer
 * than 292 years, which is how people write "for ever", and a clock reading plus what
 * {@code long} can hold would wrap.
 */
public final class Nanos {

	/**
	 * 73 years: longer than any process runs, and the sum of a reading and two of them
	 * does not wrap.
	 */
	static final long FOREVER = Long.MAX_VALUE / 4;

	private static final Duration LONGEST = Duration.ofNanos(FOREVER);

	private static final Duration SHORTEST = Duration.ofNanos(-FOREVER);

	private Nanos() {
	}

	/**
	 * The duration in nanoseconds, {@link #FOREVER} at most and its negative at least.
	 */
	public static long of(Duration duration) {
		if (duration.compareTo(LONGEST) >= 0) {
			return FOREVER;
		}
		return (duration.compareTo(SHORTEST) <= 0) ? -FOREVER : duration.toNanos();
	}

}
