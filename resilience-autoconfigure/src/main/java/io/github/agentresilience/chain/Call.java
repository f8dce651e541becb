package io.github.agentresilience.chain;

import org.jspecify.annotations.Nullable;
import reactor.util.context.ContextView;

/**
 * One call of a chain, as listeners see it. Times are of the chain's clock, in
 * nanoseconds.
 */
public interface Call {

	/** The layer of the chain. */
	Layer layer();

	/** The name of the chain. */
	String chain();

	/** Whether the call counts in the scorecard. */
	boolean isScored();

	/** Whether it is a probe of an experiment, which no user asked for. */
	boolean isSynthetic();

	/** Whether it runs as a stream, which may change its thread at any time. */
	boolean isStreaming();

	/**
	 * The Reactor context of a stream's subscriber, {@code null} where the call is no
	 * stream.
	 */
	@Nullable ContextView streamContext();

	/** When the call began. */
	long startNanos();

	/** When the call ended. */
	long endNanos();

	/** How long the call took. */
	long durationNanos();

	/** How the call ended. */
	Outcome outcome();

	/** The attempt whose answer the caller got. */
	@Nullable Attempt served();

	/** What was thrown at the caller. */
	@Nullable RuntimeException failure();

	/** How a call ended. */
	enum Outcome {

		/** It has not ended. */
		PENDING,

		/** The caller got a target's answer. */
		ANSWERED,

		/**
		 * Every target that could be asked said that the tool failed, and the caller was
		 * told so.
		 */
		TOOL_ERROR,

		/** No target answered, but the chain's {@link LastResort} did. */
		DEGRADED,

		/** The caller got an exception. */
		FAILED,

		/** The caller cancelled it; it counts neither as a success nor as a failure. */
		CANCELLED

	}

}
