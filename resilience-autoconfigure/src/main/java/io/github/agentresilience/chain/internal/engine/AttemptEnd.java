package io.github.agentresilience.chain.internal.engine;

import java.time.Duration;
import java.util.List;
import java.util.Objects;

import io.github.agentresilience.chain.AttemptFailureException;
import io.github.agentresilience.chain.Call;
import io.github.agentresilience.chain.CallCancelledException;
import io.github.agentresilience.chain.Failure;
import io.github.agentresilience.chain.FailureKind;
import io.github.agentresilience.chain.StreamInterruptedException;
import io.github.agentresilience.chain.internal.time.Nanos;
import org.jspecify.annotations.Nullable;

/**
 * How an attempt ends: what is recorded of it, who is told, and which rule says what
 * follows. Only the first end of an attempt counts.
 */
final class AttemptEnd {

	private AttemptEnd() {
	}

	/**
	 * The target's answer is good and whole.
	 * @return whether the caller may have it
	 */
	static <Q, A> boolean succeeded(ChainRun<Q, A> run, ActiveAttempt<Q, A> attempt) {
		if (!attempt.settle()) {
			return false;
		}
		attempt.succeeded(run.now());
		run.observer().attemptEnded(attempt);
		CallEnd.answered(run, attempt);
		return true;
	}

	/**
	 * The answer says that the tool failed; what that means, another target's answer will
	 * tell.
	 */
	static <Q, A> Decision<Q, A> deferred(ChainRun<Q, A> run, ActiveAttempt<Q, A> attempt, Failure failure, A answer) {
		if (!attempt.settle()) {
			return tooLate(run, attempt);
		}
		attempt.deferred(failure, run.now());
		run.observer().attemptEnded(attempt);
		run.newVerdicts().deferred(attempt, answer);
		return FailureRules.next(run, attempt, failure);
	}

	/** The answer is one that the chain does not accept. */
	static <Q, A> Decision<Q, A> unaccepted(ChainRun<Q, A> run, ActiveAttempt<Q, A> attempt, Failure why,
			List<A> chunks) {
		if (!attempt.settle()) {
			return tooLate(run, attempt);
		}
		attempt.exchange().received(true);
		if (why.kind() == FailureKind.UNACCEPTABLE) {
			attempt.unaccepted(why, run.now());
			run.observer().attemptEnded(attempt);
		}
		else if (why.kind() == FailureKind.TRANSIENT) {
			// It may be all that there is to say
			attempt.failedUnlessBest(why, run.now());
			run.planner().history().failed(attempt, why);
			run.observer().attemptEnded(attempt);
		}
		else {
			recordFailure(run, attempt, why);
		}
		AnswerJudge<Q, A> judge = Objects.requireNonNull(run.planner().chain().judge());
		run.newVerdicts().unaccepted().add(attempt, chunks, judge.badness(why));
		return FailureRules.next(run, attempt, why);
	}

	/** The attempt failed, and nothing of its answer has gone to the caller. */
	static <Q, A> Decision<Q, A> failed(ChainRun<Q, A> run, ActiveAttempt<Q, A> attempt, Failure failure) {
		if (!attempt.settle()) {
			return tooLate(run, attempt);
		}
		if (!attempt.hasBegun()) {
			AttemptStart.withdrawn(run, attempt);
			return FailureRules.next(run, attempt, failure);
		}
		if (FailureRules.wantsSecondOpinion(run, attempt, failure)) {
			return secondOpinion(run, attempt, failure);
		}
		recordFailure(run, attempt, failure);
		return FailureRules.next(run, attempt, failure);
	}

	/** One other target is asked whether the request is at fault. */
	private static <Q, A> Decision<Q, A> secondOpinion(ChainRun<Q, A> run, ActiveAttempt<Q, A> attempt,
			Failure failure) {
		Decision<Q, A> other = FailureRules.besides(run, attempt);
		if (other == null) {
			other = run.planner().next();
		}
		if (other == null) {
			recordFailure(run, attempt, failure);
			return CallEnd.refused(run, failure);
		}
		// The breaker has nothing to learn from a refusal in any case
		attempt.deferred(failure, run.now());
		attempt.release();
		run.planner().history().failed(attempt, failure);
		run.observer().attemptEnded(attempt);
		run.newVerdicts().refused(attempt);
		return other;
	}

	/**
	 * The attempt failed after part of its answer had gone to the caller: no other target
	 * can take over.
	 */
	static <Q, A> RuntimeException interrupted(ChainRun<Q, A> run, ActiveAttempt<Q, A> attempt, Failure failure,
			String textSoFar) {
		if (!attempt.settle()) {
			return new CallCancelledException(AttemptFailureException.of(failure));
		}
		recordFailure(run, attempt, failure);
		StreamInterruptedException thrown = new StreamInterruptedException(attempt.target(), failure, textSoFar);
		CallEnd.interrupted(run, thrown);
		return thrown;
	}

	/**
	 * The same, where another version of the answer may take the place of that part.
	 */
	static <Q, A> Decision<Q, A> brokeInShownVersion(ChainRun<Q, A> run, ActiveAttempt<Q, A> attempt, Failure failure,
			String textSoFar) {
		if (!attempt.settle()) {
			return tooLate(run, attempt);
		}
		recordFailure(run, attempt, failure);
		OpenVerdicts<Q, A> open = run.openVerdicts();
		if (open != null) {
			// It took the request that the other refused
			open.settleRefusal(Call.Outcome.ANSWERED, run.observer());
		}
		run.broken(attempt, new StreamInterruptedException(attempt.target(), failure, textSoFar));
		return FailureRules.nextVersion(run, attempt, failure);
	}

	/** The caller has gone away. */
	static <Q, A> void cancelled(ChainRun<Q, A> run, ActiveAttempt<Q, A> attempt, @Nullable Hedging<Q, A> turn) {
		if (turn != null && attempt.isHedge() && turn.isPrimaryInFlight()) {
			turn.hedgeCancelled(attempt);
			return;
		}
		if (!attempt.settle()) {
			return;
		}
		if (attempt.hasBegun()) {
			attempt.cancelled(null, run.now());
			run.observer().attemptEnded(attempt);
		}
		else {
			AttemptStart.withdrawn(run, attempt);
		}
		CallEnd.cancelled(run, null);
	}

	/** The caller has gone away before the attempt was made. */
	static <Q, A> Decision<Q, A> cancelledBeforeStart(ChainRun<Q, A> run, ActiveAttempt<Q, A> attempt,
			Throwable cause) {
		if (!attempt.settle()) {
			return tooLate(run, attempt);
		}
		AttemptStart.withdrawn(run, attempt);
		return CallEnd.cancelledBy(run, new CallCancelledException(cause));
	}

	/** The attempt failed, and nothing follows from that here. */
	static <Q, A> void recordFailure(ChainRun<Q, A> run, ActiveAttempt<Q, A> attempt, Failure failure) {
		long now = run.now();
		if (failure.kind() == FailureKind.CANCELLED) {
			attempt.cancelled(failure, now);
		}
		else {
			attempt.failed(failure, now);
			run.planner().history().failed(attempt, failure);
			Duration retryAfter = failure.retryAfter();
			if (retryAfter != null && !retryAfter.isNegative() && !retryAfter.isZero()) {
				attempt.guard().coolDown(now, Nanos.of(retryAfter));
			}
		}
		run.observer().attemptEnded(attempt);
	}

	/** What follows from an attempt whose end had been settled without it. */
	static <Q, A> Decision<Q, A> tooLate(ChainRun<Q, A> run, ActiveAttempt<Q, A> attempt) {
		Hedging<Q, A> hedging = run.hedging();
		Decision<Q, A> other = (hedging != null) ? hedging.tooLate(attempt) : null;
		return (other != null) ? other : new Decision.GiveUp<>(new CallCancelledException(null));
	}

}
