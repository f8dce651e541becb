package io.github.agentresilience.chain;

/** In which order the targets of a chain are tried. */
public enum Routing {

	/** As the chain names them. */
	PRIORITY,

	/** At random by their weights. */
	WEIGHTED,

	/**
	 * The quickest of late first; or, with a threshold, as the chain names them, but for
	 * those that are slower than that.
	 */
	LATENCY,

	/** The cheapest first, those without a price last. */
	COST

}
