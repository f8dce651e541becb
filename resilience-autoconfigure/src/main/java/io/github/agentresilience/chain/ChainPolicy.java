package io.github.agentresilience.chain;

import java.time.Duration;

/**
 * The rules of a chain as a whole.
 *
 * @param deadline the whole call: all attempts, all targets, all waits
 * @param whenAllOpen what happens when every breaker of the chain is open
 * @param streamCommit when a stream may no longer change its target
 * @param routing in which order the targets are tried
 * @param hedge whether a call that waits long asks another target too
 */
public record ChainPolicy(Duration deadline, WhenAllOpen whenAllOpen, StreamCommit streamCommit, Routing routing,
		HedgePolicy hedge) {

	/** Targets in their order, no hedging. */
	public ChainPolicy(Duration deadline, WhenAllOpen whenAllOpen, StreamCommit streamCommit) {
		this(deadline, whenAllOpen, streamCommit, Routing.PRIORITY, HedgePolicy.OFF);
	}

	/** In which order the targets of a chain are tried. */
	public enum Routing {

		/** As the chain names them. */
		PRIORITY,

		/** At random by their weights. */
		WEIGHTED,

		/** The quickest of late first. */
		LATENCY

	}

	/** What happens when every breaker of a chain is open. */
	public enum WhenAllOpen {

		/** The last target is still tried, by a few calls at once, so that the agent recovers with it. */
		LAST_TARGET,

		/** The call fails at once. */
		FAIL_FAST

	}

	/** When a stream may no longer change its target. */
	public enum StreamCommit {

		/** With the first chunk that shows something: chunks go out as they come. */
		FIRST_CHUNK,

		/** Never: chunks are held until the answer is whole. */
		COMPLETE

	}

}
