package io.github.agentresilience.chain;

import reactor.util.context.Context;

/**
 * Is told what happens within one call, in order. Runs on the caller's path: it must
 * neither block nor throw.
 */
public interface CallObserver {

	/** A target is about to be asked. */
	default void attemptStarted(Attempt attempt) {
	}

	/**
	 * The target is no longer being asked. Runs on the thread of {@link #attemptStarted},
	 * where the call is no stream, and so is the place to close what was opened there;
	 * {@link #attemptEnded} may come from the thread of another attempt, and earlier.
	 */
	default void attemptLeft(Attempt attempt) {
	}

	/** The attempt has ended; its {@link Attempt#outcome()} says how. */
	default void attemptEnded(Attempt attempt) {
	}

	/**
	 * An attempt that ended {@link Attempt.Outcome#DEFERRED} now has its verdict as its
	 * outcome. Or the call of one that ended {@link Attempt.Outcome#UNACCEPTABLE}, and
	 * still has that one, is at its end: {@link Call#served()} says whether its answer
	 * went to the caller after all, and its target's breaker has heard of it.
	 */
	default void attemptJudged(Attempt attempt) {
	}

	/**
	 * A stream is about to begin anew: what its subscriber has of the answer of an
	 * attempt is void.
	 * @param broken the attempt whose answer broke
	 */
	default void streamRestarted(Attempt broken) {
	}

	/** A target is passed over without being asked. */
	default void targetSkipped(SkippedTarget skipped) {
	}

	/** The call has ended; its {@link Call#outcome()} says how. */
	default void callEnded(Call call) {
	}

	/**
	 * The caller's thread is about to leave the call. Runs on the thread of
	 * {@link ChainListener#callStarted}, after {@link #callEnded}, which may have come
	 * from the thread of a hedge; not for streams.
	 */
	default void callLeft() {
	}

	/** Adds to the Reactor context under which a target is subscribed to. */
	default Context contextFor(Attempt attempt, Context context) {
		return context;
	}

}
