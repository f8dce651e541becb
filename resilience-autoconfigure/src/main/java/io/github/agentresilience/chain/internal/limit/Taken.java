package io.github.agentresilience.chain.internal.limit;

/**
 * What came of asking {@link Limits} for one attempt: a {@link Reservation}, or which
 * limit stands against it.
 */
public sealed interface Taken permits Reservation, Taken.Denied {

	/** Why there is none. */
	enum Denied implements Taken {

		/** As many requests or tokens as a minute has are used up. */
		LIMITED,

		/** As many attempts as may be are under way. */
		SATURATED

	}

}
