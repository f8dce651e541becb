package io.github.agentresilience.chain.internal.policy;

import java.time.Duration;

import org.jspecify.annotations.Nullable;

/**
 * Whether a call that waits long asks the next target too, and takes whichever answers
 * first.
 *
 * @param enabled whether it does
 * @param after how long it waits before, {@code null} for the 95th percentile of the
 * target's recent answers
 */
public record HedgePolicy(boolean enabled, @Nullable Duration after) {

	public static final HedgePolicy OFF = new HedgePolicy(false, null);

}
