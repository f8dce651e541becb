package io.github.agentresilience.chain.internal.engine;

import java.util.List;
import java.util.Objects;

import io.github.agentresilience.chain.Attempt;
import io.github.agentresilience.chain.BudgetExhaustedException;
import io.github.agentresilience.chain.Call;
import io.github.agentresilience.chain.CallCancelledException;
import io.github.agentresilience.chain.ChainExhaustedException;
import io.github.agentresilience.chain.Failure;
import io.github.agentresilience.chain.StreamInterruptedException;
import io.github.agentresilience.chain.TargetFailureException;
import org.jspecify.annotations.Nullable;

/**
 * How a call ends: what its caller gets, and who is told.
 */
final class CallEnd {

	private CallEnd() {
	}

	/**
	 * The target's answer goes to the caller. The call ends with the attempt that has
	 * just ended; how long observers take to hear of that is no part of it.
	 */
	static <Q, A> void answered(ChainRun<Q, A> run, ActiveAttempt<Q, A> attempt) {
		settleAnswers(run, Attempt.Outcome.FAILURE);
		end(run, Call.Outcome.ANSWERED, attempt, null, attempt.endNanos());
	}

	/** The answer broke off after part of it had gone to the caller. */
	static <Q, A> void interrupted(ChainRun<Q, A> run, RuntimeException thrown) {
		settleAnswers(run, Attempt.Outcome.FAILURE);
		OpenVerdicts<Q, A> open = run.openVerdicts();
		if (open != null) {
			// It took the request that the other refused
			open.settleRefusal(Call.Outcome.ANSWERED, run.observer());
		}
		end(run, Call.Outcome.FAILED, null, thrown);
	}

	/** The last resort answered in the place of the chain. */
	static <Q, A> Decision<Q, A> degraded(ChainRun<Q, A> run, A answer) {
		end(run, Call.Outcome.DEGRADED, null, null);
		return new Decision.Answer<>(answer);
	}

	/** There is no last resort to ask, or it had no answer either. */
	static <Q, A> Decision<Q, A> noLastResort(ChainRun<Q, A> run, RuntimeException why) {
		OpenVerdicts<Q, A> open = run.openVerdicts();
		return (open != null && hasAnswer(run, open)) ? deferredAnswer(run, open) : giveUp(run, why);
	}

	/**
	 * Whether there is an answer for the caller though no target did better. What a
	 * failed attempt brought is better than an exception, but not than the part of an
	 * answer that the subscriber has.
	 */
	private static boolean hasAnswer(ChainRun<?, ?> run, OpenVerdicts<?, ?> open) {
		return open.hasBetterAnswer() || (open.hasAnyAnswer() && run.brokenVersion() == null);
	}

	/** There is nothing for the caller. */
	static <Q, A> Decision<Q, A> giveUp(ChainRun<Q, A> run, RuntimeException why) {
		RuntimeException thrown = why;
		StreamInterruptedException broken = run.brokenVersion();
		if (broken != null) {
			// The subscriber has a part of an answer, which must not look whole
			broken.addSuppressed(why);
			thrown = broken;
		}
		end(run, Call.Outcome.FAILED, null, thrown);
		return new Decision.GiveUp<>(thrown);
	}

	/** The caller has gone away. */
	static <Q, A> void cancelled(ChainRun<Q, A> run, @Nullable CallCancelledException thrown) {
		settleAnswers(run, Attempt.Outcome.CANCELLED);
		end(run, Call.Outcome.CANCELLED, null, thrown);
	}

	/** The same, where whoever drives the call is to be told. */
	static <Q, A> Decision<Q, A> cancelledBy(ChainRun<Q, A> run, CallCancelledException thrown) {
		cancelled(run, thrown);
		return new Decision.GiveUp<>(thrown);
	}

	/**
	 * The request itself was refused. Where two targets refused it, the first one's words
	 * count.
	 */
	static <Q, A> Decision<Q, A> refused(ChainRun<Q, A> run, Failure last) {
		OpenVerdicts<Q, A> open = run.openVerdicts();
		if (open != null && hasAnswer(run, open)) {
			return deferredAnswer(run, open);
		}
		Failure failure = Objects
			.requireNonNull((open != null && open.refusal() != null) ? open.refusal().failure() : last);
		return giveUp(run, (failure.cause() instanceof RuntimeException runtime) ? runtime
				: new TargetFailureException(failure.status(), failure.message(), failure.cause()));
	}

	/** Every target failed. */
	static <Q, A> Decision<Q, A> exhausted(ChainRun<Q, A> run) {
		OpenVerdicts<Q, A> open = run.openVerdicts();
		boolean lastResort = run.planner().chain().lastResort() != null;
		if (open != null && (lastResort ? open.hasBetterAnswer() : hasAnswer(run, open))) {
			return deferredAnswer(run, open);
		}
		if (open != null && open.refusal() != null) {
			// No other target could say, and those are the words that may help
			return refused(run, Objects.requireNonNull(open.refusal().failure()));
		}
		AttemptPlanner<Q, A> planner = run.planner();
		BudgetExhaustedException overBudget = planner.budgetExhausted();
		if (overBudget != null) {
			// No target is down, so there is nothing for a last resort to stand in for
			return noLastResort(run, overBudget);
		}
		ChainExhaustedException.Why why = run.remainingNanos() <= 0 ? ChainExhaustedException.Why.DEADLINE
				: ChainExhaustedException.Why.EVERY_TARGET_FAILED;
		ChainExhaustedException thrown = planner.history().exhausted(run.call(), why, planner.retryIn());
		return lastResort ? new Decision.AskLastResort<>(thrown) : giveUp(run, thrown);
	}

	/**
	 * No target did better, so the tool meant its error: the first target's own words go
	 * to the caller. Or so does the best answer that was not accepted.
	 */
	static <Q, A> Decision<Q, A> deferredAnswer(ChainRun<Q, A> run, OpenVerdicts<Q, A> open) {
		Unaccepted.Kept<A> best = open.unaccepted().best();
		if (best != null) {
			return unaccepted(run, best);
		}
		OpenVerdicts.Deferred<A> first = open.firstAnswer();
		settleAnswers(run, Attempt.Outcome.SUCCESS);
		end(run, Call.Outcome.TOOL_ERROR, first.attempt(), null);
		return new Decision.Answer<>(first.answer());
	}

	private static <Q, A> Decision<Q, A> unaccepted(ChainRun<Q, A> run, Unaccepted.Kept<A> best) {
		end(run, Call.Outcome.ANSWERED, best.attempt(), null);
		AnswerJudge<Q, A> judge = Objects.requireNonNull(run.planner().chain().judge());
		List<A> marked = best.chunks().stream().map(judge::markUnaccepted).toList();
		return run.call().isStreaming() ? new Decision.Chunks<>(marked) : new Decision.Answer<>(marked.get(0));
	}

	private static <Q, A> void end(ChainRun<Q, A> run, Call.Outcome outcome, @Nullable ActiveAttempt<?, A> served,
			@Nullable RuntimeException thrown) {
		end(run, outcome, served, thrown, run.now());
	}

	private static <Q, A> void end(ChainRun<Q, A> run, Call.Outcome outcome, @Nullable ActiveAttempt<?, A> served,
			@Nullable RuntimeException thrown, long nowNanos) {
		if (thrown == null && outcome != Call.Outcome.CANCELLED) {
			run.tellOfRestart();
		}
		Hedging<Q, A> hedging = run.hedging();
		if (hedging != null) {
			hedging.settleOther(served, outcome);
		}
		ActiveCall call = run.call();
		call.end(outcome, served, thrown, nowNanos);
		OpenVerdicts<Q, A> open = run.openVerdicts();
		if (open != null) {
			// Where there still are any, no target has said what they meant
			open.settleAnswers(Attempt.Outcome.CANCELLED, run.observer());
			open.unaccepted().settle(served != null && served.outcome() == Attempt.Outcome.SUCCESS, run.observer());
			open.settleRefusal(outcome, run.observer());
		}
		call.observer().callEnded(call);
	}

	static <Q, A> void settleAnswers(ChainRun<Q, A> run, Attempt.Outcome verdict) {
		OpenVerdicts<Q, A> open = run.openVerdicts();
		if (open != null) {
			open.settleAnswers(verdict, run.observer());
		}
	}

}
