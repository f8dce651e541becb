package io.github.agentresilience.chain;

import java.time.Duration;

/**
 * The rules of a chain as a whole.
 *
 * @param deadline the whole call: all attempts, all targets, all waits
 * @param whenAllOpen what happens when every breaker of the chain is open
 * @param routing in which order the targets are tried
 * @param hedgeBudget how many calls may be hedged, as a share of them, 0 for none; the first few may be so before they
 * are earned, for a brownout that comes early
 */
public record ChainPolicy(Duration deadline, WhenAllOpen whenAllOpen, Routing routing, double hedgeBudget) {

	/** Targets in their order. */
	public ChainPolicy(Duration deadline, WhenAllOpen whenAllOpen) {
		this(deadline, whenAllOpen, Routing.PRIORITY, Defaults.HEDGE_BUDGET);
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

}
