package io.github.agentresilience.chain.internal.engine;

import org.jspecify.annotations.Nullable;

/**
 * How an attempt begins, or is not made after all.
 */
final class AttemptStart {

	private AttemptStart() {
	}

	/**
	 * The attempt is due, and its target about to be asked.
	 * @param turn that of the signal, {@code null} while one attempt is in flight at a
	 * time
	 * @return the attempt itself, or what to do instead where it may no longer be made
	 */
	static <Q, A> Decision<Q, A> begin(ChainRun<Q, A> run, ActiveAttempt<Q, A> attempt, @Nullable Hedging<Q, A> turn) {
		if (attempt.isSettled()) {
			return AttemptEnd.tooLate(run, attempt);
		}
		if (!run.planner().admits(attempt)) {
			attempt.settle();
			return FailureRules.orElseBypass(run, run.planner().next());
		}
		if (attempt.isSettled()) {
			// The subscriber went away just then
			attempt.release();
			return AttemptEnd.tooLate(run, attempt);
		}
		attempt.started(run.now(), run);
		run.observer().attemptStarted(attempt);
		if (!attempt.isHedge()) {
			// That of an attempt before it knows nothing of this one
			run.noBackup();
		}
		if (turn != null) {
			turn.begun(attempt);
			if (turn.isSubscriberGone()) {
				AttemptEnd.cancelled(run, attempt, turn);
				return AttemptEnd.tooLate(run, attempt);
			}
		}
		return attempt;
	}

	/**
	 * The attempt will not be made, and no observer has heard of it; what it had been
	 * given goes back.
	 */
	static <Q, A> void withdrawn(ChainRun<Q, A> run, ActiveAttempt<Q, A> attempt) {
		run.planner().notMade(attempt);
		attempt.release();
	}

}
