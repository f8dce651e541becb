package io.github.agentresilience.chain.internal.policy;

import io.github.agentresilience.chain.StreamCommit;
import org.jspecify.annotations.Nullable;

/**
 * The rules of one target, whichever chain it is asked by.
 *
 * @param retry how often it is asked within a call
 * @param timeouts how long its attempts may take
 * @param hedge whether another target is asked too when this one is slow
 * @param streamCommit when a stream that it serves may no longer change its target
 * @param weight its share of the calls where a chain routes by weight, against the
 * weights of the others; 0 for a target that is only fallen back on
 * @param price what it charges, {@code null} where that is not declared
 */
public record TargetPolicy(RetryPolicy retry, TimeoutPolicy timeouts, HedgePolicy hedge, StreamCommit streamCommit,
		double weight, @Nullable Price price) {

	/** What it charges is not declared. */
	public TargetPolicy(RetryPolicy retry, TimeoutPolicy timeouts, HedgePolicy hedge, StreamCommit streamCommit,
			double weight) {
		this(retry, timeouts, hedge, streamCommit, weight, null);
	}

	/** No hedges; chunks go out as they come. */
	public TargetPolicy(RetryPolicy retry, TimeoutPolicy timeouts) {
		this(retry, timeouts, HedgePolicy.OFF, StreamCommit.FIRST_CHUNK, Defaults.WEIGHT);
	}

}
