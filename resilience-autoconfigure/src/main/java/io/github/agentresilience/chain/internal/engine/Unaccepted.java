package io.github.agentresilience.chain.internal.engine;

import java.util.ArrayList;
import java.util.List;

import io.github.agentresilience.chain.Attempt;
import io.github.agentresilience.chain.CallObserver;
import io.github.agentresilience.chain.Failure;
import io.github.agentresilience.chain.FailureKind;
import org.jspecify.annotations.Nullable;

/**
 * The answers of one call that were not accepted, of which the least bad one is kept for
 * its caller. Their targets' breakers hear of them where another target did better: where
 * none did, the request may be at fault, or who judges.
 *
 * @param <A> the answer
 */
final class Unaccepted<A> {

	/** Those whose breaker has yet to hear of them. */
	private final List<ActiveAttempt<?, A>> attempts = new ArrayList<>(2);

	private @Nullable Kept<A> best;

	void add(ActiveAttempt<?, A> attempt, List<A> chunks, int badness) {
		if (attempt.isUndecided()) {
			this.attempts.add(attempt);
		}
		Kept<A> kept = this.best;
		if (kept == null || badness < kept.badness) {
			this.best = new Kept<>(attempt, chunks, badness);
		}
	}

	/** The answer to return where no target does better, {@code null} where none came. */
	@Nullable Kept<A> best() {
		return this.best;
	}

	/**
	 * The call has ended.
	 * @param bettered whether another target's answer was accepted
	 */
	void settle(boolean bettered, CallObserver observer) {
		List<ActiveAttempt<?, A>> settled = List.copyOf(this.attempts);
		this.attempts.clear();
		for (ActiveAttempt<?, A> attempt : settled) {
			attempt.settledUnaccepted(bettered);
			if (attempt.outcome() == Attempt.Outcome.UNACCEPTABLE) {
				observer.attemptJudged(attempt);
			}
		}
	}

	/**
	 * One answer.
	 *
	 * @param attempt the attempt that brought it
	 * @param chunks what it says; one of them where it came in one piece
	 * @param badness how bad it is
	 */
	record Kept<A>(ActiveAttempt<?, A> attempt, List<A> chunks, int badness) {

		/** Whether the attempt has failed as one that brought no answer does. */
		boolean isFailed() {
			Failure failure = this.attempt.failure();
			return failure != null && failure.kind() == FailureKind.TRANSIENT;
		}

	}

}
