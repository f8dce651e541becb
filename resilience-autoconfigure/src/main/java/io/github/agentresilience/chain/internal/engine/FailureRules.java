package io.github.agentresilience.chain.internal.engine;

import java.util.Objects;
import java.util.function.BooleanSupplier;

import io.github.agentresilience.chain.AttemptFailureException;
import io.github.agentresilience.chain.CallCancelledException;
import io.github.agentresilience.chain.Failure;
import io.github.agentresilience.chain.FailureKind;
import io.github.agentresilience.chain.NotReplayedException;
import io.github.agentresilience.chain.internal.foreign.ForeignCode;
import io.github.agentresilience.chain.internal.limit.Waiting;
import org.jspecify.annotations.Nullable;

/**
 * What follows from a failed attempt, by the kind of its failure.
 */
final class FailureRules {

	private FailureRules() {
	}

	/** What is to be done after the attempt has failed. */
	static <Q, A> Decision<Q, A> next(ChainRun<Q, A> run, ActiveAttempt<Q, A> attempt, Failure failure) {
		boolean endsCall = failure.kind() == FailureKind.CALLER || failure.kind() == FailureKind.CANCELLED;
		Decision<Q, A> other = (attempt.isHedge() || !endsCall) ? besides(run, attempt) : null;
		if (other != null) {
			return other;
		}
		if (!mayBeMadeAgain(run, attempt)) {
			return notReplayed(run, attempt, failure);
		}
		return switch (failure.kind()) {
			case CANCELLED -> cancelled(run, failure);
			case CALLER -> CallEnd.refused(run, failure);
			case SILENT -> elsewhereFirst(run, attempt, failure);
			case TRANSIENT -> attempt.guard().isLong(attempt.durationNanos()) ? elsewhereFirst(run, attempt, failure)
					: hereFirst(run, attempt, failure);
			default -> orElseBypass(run, run.planner().next());
		};
	}

	/**
	 * What is to be done after the attempt has failed in the middle of an answer that the
	 * subscriber sees: it has waited once, so another target comes before a retry.
	 */
	static <Q, A> Decision<Q, A> nextVersion(ChainRun<Q, A> run, ActiveAttempt<Q, A> attempt, Failure failure) {
		boolean retried = failure.kind() == FailureKind.TRANSIENT || failure.kind() == FailureKind.SILENT;
		return (retried && mayBeMadeAgain(run, attempt)) ? elsewhereFirst(run, attempt, failure)
				: next(run, attempt, failure);
	}

	/**
	 * What is left to do after an attempt has ended beside which another is in flight;
	 * {@code null} where none is.
	 */
	static <Q, A> @Nullable Decision<Q, A> besides(ChainRun<Q, A> run, ActiveAttempt<Q, A> attempt) {
		Hedging<Q, A> hedging = run.hedging();
		return (hedging != null) ? hedging.besides(attempt) : null;
	}

	/** Whether the request of the attempt may be sent once more. */
	static <Q, A> boolean mayBeMadeAgain(ChainRun<Q, A> run, ActiveAttempt<Q, A> attempt) {
		TargetExchange exchange = attempt.exchange();
		CallSpec spec = run.call().spec();
		if (!exchange.mayHaveActed()) {
			return true;
		}
		BooleanSupplier again = exchange.received() ? spec.repeatable() : spec.replayable();
		return ForeignCode.isTrue(again, again);
	}

	/**
	 * Whether one other target is to be asked what an unclear refusal means: once in a
	 * call.
	 */
	static <Q, A> boolean wantsSecondOpinion(ChainRun<Q, A> run, ActiveAttempt<Q, A> attempt, Failure failure) {
		OpenVerdicts<Q, A> open = run.openVerdicts();
		return failure.unclear() && failure.kind() == FailureKind.CALLER && (open == null || open.refusal() == null)
				&& mayBeMadeAgain(run, attempt);
	}

	/**
	 * The attempt, or where there is none the last target though its breaker is open, or
	 * a wait for a target that is over its limits.
	 */
	static <Q, A> Decision<Q, A> orElseBypass(ChainRun<Q, A> run, @Nullable ActiveAttempt<Q, A> attempt) {
		if (attempt != null) {
			return attempt;
		}
		if (hasAnyAnswer(run)) {
			return CallEnd.exhausted(run);
		}
		ActiveAttempt<Q, A> last = run.planner().bypass();
		if (last != null) {
			return last;
		}
		Waiting waiting = run.planner().waiting();
		return (waiting != null) ? new Decision.AwaitLimits<>(waiting) : CallEnd.exhausted(run);
	}

	private static <Q, A> boolean hasAnyAnswer(ChainRun<Q, A> run) {
		OpenVerdicts<Q, A> open = run.openVerdicts();
		return open != null && open.hasAnyAnswer();
	}

	private static <Q, A> Decision<Q, A> hereFirst(ChainRun<Q, A> run, ActiveAttempt<Q, A> attempt, Failure failure) {
		ActiveAttempt<Q, A> again = run.planner().retry(attempt, failure);
		return (again != null) ? again : orElseBypass(run, run.planner().next());
	}

	/** The target took its time to fail, and may well do so again. */
	private static <Q, A> Decision<Q, A> elsewhereFirst(ChainRun<Q, A> run, ActiveAttempt<Q, A> attempt,
			Failure failure) {
		ActiveAttempt<Q, A> other = run.planner().next();
		return (other != null) ? other : orElseBypass(run, run.planner().retry(attempt, failure));
	}

	/** No other target is asked; what the tool itself said goes back as it is. */
	private static <Q, A> Decision<Q, A> notReplayed(ChainRun<Q, A> run, ActiveAttempt<Q, A> attempt, Failure failure) {
		return switch (failure.kind()) {
			case CANCELLED -> cancelled(run, failure);
			case CALLER -> CallEnd.refused(run, failure);
			case TOOL, UNACCEPTABLE -> CallEnd.deferredAnswer(run, Objects.requireNonNull(run.openVerdicts()));
			default -> hasAnyAnswer(run) ? CallEnd.deferredAnswer(run, Objects.requireNonNull(run.openVerdicts()))
					: CallEnd.giveUp(run, new NotReplayedException(run.call(), attempt.target(), failure));
		};
	}

	private static <Q, A> Decision<Q, A> cancelled(ChainRun<Q, A> run, Failure failure) {
		return CallEnd.cancelledBy(run, new CallCancelledException(AttemptFailureException.of(failure)));
	}

}
