package io.github.agentresilience.chain;

import java.util.concurrent.CompletableFuture;

/**
 * What a {@link ChainRun} says is to be done next.
 */
sealed interface Step permits Attempt, Step.Answer, Step.GiveUp, Step.AskLastResort, Step.AwaitHedge, Step.Nothing {

	/** Return this to the caller. */
	record Answer(Object value) implements Step {
	}

	/** Throw this at the caller. */
	record GiveUp(RuntimeException failure) implements Step {
	}

	/** No target is left: ask the chain's last resort, and throw this if it has no answer either. */
	record AskLastResort(ChainExhaustedException failure) implements Step {
	}

	/**
	 * Do what comes of the hedge: another attempt of the same call, on a thread of its own.
	 *
	 * @param attempt the hedge
	 * @param outcome the step that follows from it
	 */
	record AwaitHedge(Attempt attempt, CompletableFuture<Step> outcome) implements Step {
	}

	/** Nothing is left to do here: another attempt of the same call decides. */
	record Nothing() implements Step {

		static final Nothing INSTANCE = new Nothing();

	}

}
