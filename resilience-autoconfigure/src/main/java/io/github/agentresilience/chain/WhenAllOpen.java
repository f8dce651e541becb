package io.github.agentresilience.chain;

/** What happens when every breaker of a chain is open. */
public enum WhenAllOpen {

	/**
	 * The last target is still tried, by a few calls at once, so that the agent recovers
	 * with it.
	 */
	LAST_TARGET,

	/** The call fails at once. */
	FAIL_FAST

}
