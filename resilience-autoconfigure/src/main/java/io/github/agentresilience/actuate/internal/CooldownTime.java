package io.github.agentresilience.actuate.internal;

import java.time.Instant;
import java.time.temporal.ChronoUnit;

import io.github.agentresilience.chain.internal.guard.GuardedTarget;
import io.github.agentresilience.chain.internal.time.Time;
import org.jspecify.annotations.Nullable;

/**
 * Until when a target cools down, for people.
 */
public final class CooldownTime {

	private CooldownTime() {
	}

	/**
	 * The end of the time for which the target asked.
	 * @param time the time that the chains go by
	 * @return the time of day, or {@code null} where the target may be asked
	 */
	public static @Nullable Instant until(GuardedTarget<?, ?> target, Time time) {
		long nanos = target.cooldownNanos(time.nanos());
		return (nanos == 0) ? null : time.now().plusNanos(nanos).truncatedTo(ChronoUnit.MILLIS);
	}

}
