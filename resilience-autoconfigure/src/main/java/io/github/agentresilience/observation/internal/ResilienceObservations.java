package io.github.agentresilience.observation.internal;

/**
 * Names of observations and of their tags. All tags are of low cardinality; none holds a
 * prompt or a key.
 */
public final class ResilienceObservations {

	/** One call of a chain. */
	public static final String CALL = "resilience.call";

	/** One attempt on a target, a child of its call. */
	public static final String ATTEMPT = "resilience.attempt";

	/** A target that was skipped: an event of the call. */
	public static final String SKIPPED = "skipped";

	/** A stream that broke and is begun anew: an event of the call. */
	public static final String RESTARTED = "restarted";

	/**
	 * A breaker that changed its state, or let an attempt through on trial: an event of
	 * the call that did that.
	 */
	public static final String BREAKER = "breaker";

	/** {@code llm} or {@code mcp}. */
	public static final String LAYER = "layer";

	/** The chain's name. */
	public static final String CHAIN = "chain";

	/**
	 * Who served the call, or was asked by the attempt; {@code none} where no target
	 * served it.
	 */
	public static final String TARGET = "target";

	/** How it ended, in lower case. */
	public static final String OUTCOME = "outcome";

	/** The kind of an attempt's failure, {@code none} where it did not fail. */
	public static final String KIND = "kind";

	/** The outcome of a failed call whose request itself was refused. */
	static final String REFUSED = "refused";

	static final String NONE = "none";

	/**
	 * Follows the name of the chain, or of an attempt's target, where an experiment made
	 * the call.
	 */
	static final String PROBE = ":probe";

	private ResilienceObservations() {
	}

}
