package io.github.agentresilience.chain;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;

import org.jspecify.annotations.Nullable;
import reactor.util.context.ContextView;

/**
 * The rules of a chain, for one call. It is told how attempts ended and answers with the next {@link Step}; it waits
 * for nothing and asks nobody. Its signals come one after the other, from whichever thread.
 *
 * @param <Q> the request
 * @param <A> the answer
 */
class ChainRun<Q, A> extends CallEnd<Q, A> {

	static final long NO_HEDGE = -1;

	private final BooleanSupplier replayable;

	ChainRun(TargetChain<Q, A> chain, CallSpec spec, @Nullable ContextView streamContext) {
		super(chain, spec, streamContext);
		this.replayable = spec.replayable();
	}

	Step start() {
		chain().budget().callStarted(call().startNanos());
		return orElseDespiteBreaker(walk().next());
	}

	/**
	 * The attempt is due, and its target about to be asked.
	 * @return the attempt itself, or the step to take instead where it may no longer be made
	 */
	Step begin(Attempt attempt) {
		if (attempt.isSettled()) {
			return tooLate(attempt);
		}
		if (!walk().admits(attempt)) {
			attempt.settle();
			return orElseDespiteBreaker(walk().next());
		}
		if (attempt.isSettled()) {
			// The subscriber went away just then
			attempt.guard().countsForNobody(attempt);
			return tooLate(attempt);
		}
		attempt.started(now(), remainingNanos());
		observer().attemptStarted(attempt);
		return attempt;
	}

	/** How long the attempt may take before it is hedged, or {@link #NO_HEDGE}. */
	long hedgeAfterNanos(Attempt attempt) {
		return NO_HEDGE;
	}

	/**
	 * The attempt is slow: another target may be asked besides it.
	 * @param outcome will hold the step that follows from the hedge
	 * @return the hedge, or {@code null} where there is to be none
	 */
	@Nullable Attempt startHedge(Attempt slow, CompletableFuture<Step> outcome) {
		return null;
	}

	/** Whether the attempt's answer is the one that goes to the caller, now that it has begun to come. */
	boolean leads(Attempt attempt) {
		return true;
	}

	/** The target answered, and the answer may be a failure in disguise. */
	final Step answered(Attempt attempt, A answer) {
		Failure disguised = chain().inspector().judge(answer);
		if (disguised == null) {
			return succeeded(attempt) ? new Step.Answer(answer) : tooLate(attempt);
		}
		return (disguised.kind() == FailureKind.TOOL) ? doubted(attempt, disguised, answer)
				: failed(attempt, disguised);
	}

	/**
	 * The target's answer is good and whole.
	 * @return whether the caller may have it
	 */
	boolean succeeded(Attempt attempt) {
		if (!attempt.settle()) {
			return false;
		}
		attempt.ended(Attempt.Outcome.SUCCESS, null, now());
		attempt.guard().answered(attempt, attempt.responseNanos());
		observer().attemptEnded(attempt);
		settleDoubts(Attempt.Outcome.FAILURE);
		end(Call.Outcome.ANSWERED, attempt, null);
		return true;
	}

	/** The answer says that the tool failed; what that means, another target's answer will tell. */
	Step doubted(Attempt attempt, Failure failure, A answer) {
		if (!attempt.settle()) {
			return tooLate(attempt);
		}
		attempt.ended(Attempt.Outcome.IN_DOUBT, failure, now());
		observer().attemptEnded(attempt);
		doubt(attempt, failure, answer);
		return next(attempt, failure);
	}

	/** The attempt failed, and nothing of its answer has gone to the caller. */
	Step failed(Attempt attempt, Failure failure) {
		if (!attempt.settle()) {
			return tooLate(attempt);
		}
		recordFailure(attempt, failure);
		return next(attempt, failure);
	}

	/** The attempt failed after part of its answer had gone to the caller: no other target can take over. */
	RuntimeException failedAfterCommit(Attempt attempt, Failure failure, String textSoFar) {
		if (!attempt.settle()) {
			return new CallCancelledException(failure.cause());
		}
		recordFailure(attempt, failure);
		settleDoubts(Attempt.Outcome.FAILURE);
		StreamInterruptedException thrown = new StreamInterruptedException(attempt.target(), failure, textSoFar);
		end(Call.Outcome.FAILED, null, thrown);
		return thrown;
	}

	/** The caller has gone away. */
	void cancelled(Attempt attempt) {
		if (attempt.settle()) {
			attempt.ended(Attempt.Outcome.CANCELLED, null, now());
			attempt.guard().countsForNobody(attempt);
			observer().attemptEnded(attempt);
			settleDoubts(Attempt.Outcome.CANCELLED);
			end(Call.Outcome.CANCELLED, null, null);
		}
	}

	/** The caller has gone away before the attempt was made. */
	final Step cancelledBeforeStart(Attempt attempt, Throwable cause) {
		if (!attempt.settle()) {
			return tooLate(attempt);
		}
		walk().notMade(attempt);
		attempt.guard().countsForNobody(attempt);
		return cancelledBy(new CallCancelledException(cause));
	}

	/** The caller has gone away before a step was taken. */
	final void abandoned(Step step, Throwable cause) {
		if (step instanceof Attempt attempt) {
			cancelledBeforeStart(attempt, cause);
		}
		else if (step instanceof Step.AskLastResort) {
			cancelledBy(new CallCancelledException(cause));
		}
	}

	/** What follows from an attempt whose end had been settled without it. */
	Step tooLate(Attempt attempt) {
		return new Step.GiveUp(new CallCancelledException(null));
	}

	/** What follows from a failed attempt. */
	Step next(Attempt attempt, Failure failure) {
		if (attempt.mayHaveActed() && !this.replayable.getAsBoolean()) {
			return notReplayed(attempt, failure);
		}
		switch (failure.kind()) {
			case CANCELLED -> {
				return cancelledBy(new CallCancelledException(failure.cause()));
			}
			case CALLER -> {
				return refused(failure);
			}
			case TRANSIENT -> {
				Attempt again = walk().retry(attempt, failure);
				return (again != null) ? again : orElseDespiteBreaker(walk().next());
			}
			case SILENT -> {
				Attempt other = walk().next();
				return (other != null) ? other : orElseDespiteBreaker(walk().retry(attempt, failure));
			}
			default -> {
				return orElseDespiteBreaker(walk().next());
			}
		}
	}

	/** Nobody else is asked; what the tool itself said goes back as it is. */
	private Step notReplayed(Attempt attempt, Failure failure) {
		return switch (failure.kind()) {
			case CANCELLED -> cancelledBy(new CallCancelledException(failure.cause()));
			case CALLER -> refused(failure);
			case TOOL -> answerInDoubt();
			default -> giveUp(new NotReplayedException(call(), attempt.target(), failure));
		};
	}

	private void recordFailure(Attempt attempt, Failure failure) {
		long now = now();
		if (failure.kind() == FailureKind.CANCELLED) {
			attempt.ended(Attempt.Outcome.CANCELLED, failure, now);
			attempt.guard().countsForNobody(attempt);
		}
		else {
			attempt.ended(Attempt.Outcome.FAILURE, failure, now);
			attempt.guard().failed(attempt, failure, attempt.durationNanos());
			walk().history().failed(attempt, failure);
			Duration wish = failure.retryAfter();
			if (wish != null && !wish.isNegative() && !wish.isZero()) {
				attempt.guard().leaveAlone(now, wish.toNanos());
			}
		}
		observer().attemptEnded(attempt);
	}

	private Step orElseDespiteBreaker(@Nullable Attempt attempt) {
		Attempt last = (attempt == null && !isInDoubt()) ? walk().despiteBreaker() : attempt;
		return (last != null) ? last : exhausted();
	}

}
