package io.github.agentresilience.chain;

import java.time.Duration;

import org.jspecify.annotations.Nullable;

/**
 * What one call asks of its chain beyond the chain's own policy.
 *
 * @param scored whether the scorecard counts it
 * @param deadline the time for the whole call, or {@code null} for the chain's own
 */
public record CallSpec(boolean scored, @Nullable Duration deadline) {

	public static final CallSpec SCORED = new CallSpec(true, null);

	/** Protected like any other, counted by nobody: housekeeping such as listing tools. */
	public static final CallSpec UNSCORED = new CallSpec(false, null);

}
