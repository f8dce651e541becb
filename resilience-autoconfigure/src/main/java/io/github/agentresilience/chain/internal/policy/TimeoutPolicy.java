package io.github.agentresilience.chain.internal.policy;

import java.time.Duration;

/**
 * How long one attempt may take.
 *
 * @param attempt of a call: to the last byte
 * @param firstChunk of a stream: to the first chunk
 * @param idle of a stream: the longest silence between two chunks
 */
public record TimeoutPolicy(Duration attempt, Duration firstChunk, Duration idle) {

	/** One limit for calls and for streams of one element. */
	public static TimeoutPolicy of(Duration timeout) {
		return new TimeoutPolicy(timeout, timeout, timeout);
	}

}
