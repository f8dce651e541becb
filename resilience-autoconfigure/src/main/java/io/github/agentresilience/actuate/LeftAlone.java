package io.github.agentresilience.actuate;

import java.time.Instant;
import java.time.temporal.ChronoUnit;

import io.github.agentresilience.chain.GuardedTarget;
import org.jspecify.annotations.Nullable;

/**
 * Until when a target asked to be left alone, for people.
 */
public final class LeftAlone {

	private LeftAlone() {
	}

	/**
	 * The end of the time for which the target asked.
	 * @param nowNanos the clock of the chains
	 * @return the time of day, or {@code null} where the target may be asked
	 */
	public static @Nullable Instant until(GuardedTarget<?, ?> target, long nowNanos) {
		long nanos = target.leftAloneForNanos(nowNanos);
		return (nanos == 0) ? null : Instant.now().plusNanos(nanos).truncatedTo(ChronoUnit.MILLIS);
	}

}
