package io.github.agentresilience.chain.internal.engine;

import java.util.List;
import java.util.concurrent.CompletableFuture;

import io.github.agentresilience.chain.ChainExhaustedException;
import io.github.agentresilience.chain.internal.limit.Waiting;

/**
 * What a {@link ChainRun} says is to be done next. An {@link ActiveAttempt} is to be
 * made.
 *
 * @param <Q> the request
 * @param <A> the answer
 */
sealed interface Decision<Q, A> permits ActiveAttempt, Decision.Answer, Decision.Chunks, Decision.GiveUp,
		Decision.AskLastResort, Decision.AwaitHedge, Decision.AwaitLimits, Decision.Nothing {

	/** Return this to the caller. */
	record Answer<Q, A>(A value) implements Decision<Q, A> {
	}

	/** Return these to the subscriber of a stream. */
	record Chunks<Q, A>(List<A> values) implements Decision<Q, A> {
	}

	/** Throw this at the caller. */
	record GiveUp<Q, A>(RuntimeException failure) implements Decision<Q, A> {
	}

	/**
	 * Every target failed: ask the chain's last resort, and throw this if it has no
	 * answer either.
	 */
	record AskLastResort<Q, A>(ChainExhaustedException failure) implements Decision<Q, A> {
	}

	/**
	 * Do what comes of the hedge: another attempt of the same call, on a thread of its
	 * own.
	 *
	 * @param attempt the hedge
	 * @param outcome the decision that follows from it
	 */
	record AwaitHedge<Q, A>(ActiveAttempt<Q, A> attempt,
			CompletableFuture<Decision<Q, A>> outcome) implements Decision<Q, A> {
	}

	/**
	 * Wait until a target that is over its limits has room for the call.
	 *
	 * @param waiting its place in the lines, which it has not taken yet
	 */
	record AwaitLimits<Q, A>(Waiting waiting) implements Decision<Q, A> {
	}

	/** Nothing is left to do here: another attempt of the same call decides. */
	record Nothing<Q, A>() implements Decision<Q, A> {
	}

}
