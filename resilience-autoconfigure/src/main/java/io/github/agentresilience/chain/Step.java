package io.github.agentresilience.chain;

/**
 * What a {@link ChainRun} says is to be done next: make an attempt, return an answer, or give up.
 */
sealed interface Step permits Attempt, Step.Answer, Step.GiveUp {

	/** Return this to the caller. */
	record Answer(Object value) implements Step {
	}

	/** Throw this at the caller. */
	record GiveUp(RuntimeException failure) implements Step {
	}

}
