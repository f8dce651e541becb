package io.github.agentresilience.chain;

import reactor.util.context.Context;

/**
 * Is told what happens within one call, in order. Runs on the caller's path: it must neither block nor throw.
 */
public interface CallObserver {

	/** A target is about to be asked. */
	default void attemptStarted(Attempt attempt) {
	}

	/**
	 * The target is no longer being asked. Runs on the thread of {@link #attemptStarted}, where the call is no stream,
	 * and so is the place to close what was opened there; {@link #attemptEnded} may come from the thread of another
	 * attempt, and earlier.
	 */
	default void attemptLeft(Attempt attempt) {
	}

	/** The attempt has ended; its {@link Attempt#outcome()} says how. */
	default void attemptEnded(Attempt attempt) {
	}

	/** An attempt that ended {@link Attempt.Outcome#IN_DOUBT} now has its verdict as its outcome. */
	default void attemptJudged(Attempt attempt) {
	}

	/** A target is passed over without being asked. */
	default void targetSkipped(SkippedTarget skipped) {
	}

	/** The call has ended; its {@link Call#outcome()} says how. */
	default void callEnded(Call call) {
	}

	/**
	 * The caller's thread is about to leave the call. Runs on the thread of {@link ChainListener#callStarted}, after
	 * {@link #callEnded}, which may have come from the thread of a hedge; not for streams.
	 */
	default void callLeft() {
	}

	/** Adds to the Reactor context under which a target is subscribed to. */
	default Context contextFor(Attempt attempt, Context context) {
		return context;
	}

}
