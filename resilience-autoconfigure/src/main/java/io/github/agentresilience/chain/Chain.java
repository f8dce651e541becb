package io.github.agentresilience.chain;

import java.util.List;

import io.github.resilience4j.circuitbreaker.CircuitBreaker;

/**
 * An ordered list of targets that is asked like one, as listeners see it.
 */
public interface Chain {

	/** The layer that it belongs to. */
	Layer layer();

	/** The name under which configuration, metrics and the scorecard know it. */
	String name();

	/** Its targets, the one to prefer first. */
	List<? extends Link> targets();

	/** Whether a call made now would find a target that it may ask. */
	boolean available();

	/** Whether a call that waits long for one of the targets asks another too. */
	boolean hedges();

	/** One target of a chain. */
	interface Link {

		/**
		 * The name under which configuration, metrics and the scorecard know the target.
		 */
		String name();

		/** The breaker that guards the target. */
		CircuitBreaker breaker();

		/** Whether it is known what the target's tokens cost. */
		boolean isPriced();

	}

}
