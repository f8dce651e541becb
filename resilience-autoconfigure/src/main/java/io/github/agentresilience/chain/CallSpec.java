package io.github.agentresilience.chain;

import java.time.Duration;
import java.util.function.BooleanSupplier;

import org.jspecify.annotations.Nullable;

/**
 * What one call asks of its chain beyond the chain's own policy.
 *
 * @param scored whether the scorecard counts it
 * @param deadline the time for the whole call, or {@code null} for the chain's own
 * @param timeout the time for one attempt, or {@code null} for each target's own
 * @param synthetic whether nobody asked for it: a probe of an experiment, which faults hit like any other call but
 * the scorecard leaves out
 * @param hedgeable whether two targets may be asked at once
 * @param replayable whether it may be made again after an attempt that may have acted; asked only then
 */
public record CallSpec(boolean scored, @Nullable Duration deadline, @Nullable Duration timeout, boolean synthetic,
		boolean hedgeable, BooleanSupplier replayable) {

	public static final CallSpec SCORED = new CallSpec(true, null);

	/** Protected like any other, counted by nobody: housekeeping such as listing tools. */
	public static final CallSpec UNSCORED = new CallSpec(false, null, null, false, false,
			() -> true);

	/** A probe through the real chain. */
	public static final CallSpec SYNTHETIC = SCORED.asProbe();

	/** A call that may be made again whatever happened to it. */
	public CallSpec(boolean scored, @Nullable Duration deadline) {
		this(scored, deadline, null, false, true, () -> true);
	}

	/** The same call, made by nobody. */
	public CallSpec asProbe() {
		return new CallSpec(false, this.deadline, this.timeout, true, this.hedgeable, this.replayable);
	}

}
