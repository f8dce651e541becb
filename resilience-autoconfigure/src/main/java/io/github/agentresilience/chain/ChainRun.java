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
class ChainRun<Q, A> {

	static final long NO_HEDGE = -1;

	private final TargetChain<Q, A> chain;

	private final Call call;

	private final CallObserver observer;

	private final ChainWalk<Q, A> walk;

	private final BooleanSupplier replayable;

	private @Nullable Doubts<A> doubts;

	ChainRun(TargetChain<Q, A> chain, CallSpec spec, @Nullable ContextView streamContext) {
		long now = chain.runtime().nanoTime();
		this.chain = chain;
		this.call = new Call(chain.layer(), chain.name(), spec.scored(), spec.synthetic(), streamContext,
				now);
		this.observer = Observers.of(chain.listeners(), this.call);
		this.walk = new ChainWalk<>(chain, this.call, this.observer, deadline(chain, spec, streamContext, now),
				spec.timeout());
		this.replayable = spec.replayable();
	}

	private static long deadline(TargetChain<?, ?> chain, CallSpec spec, @Nullable ContextView streamContext,
			long now) {
		Duration deadline = spec.deadline();
		long own = now + (deadline != null ? deadline.toNanos() : chain.deadlineNanos());
		TurnDeadline turn = chain.runtime().turnDeadline(streamContext);
		return (turn != null && turn.atNanos() - own < 0) ? turn.atNanos() : own;
	}

	Step start() {
		this.chain.budget().callStarted(this.call.startNanos());
		return orElseDespiteBreaker(this.walk.next());
	}

	final CallObserver observer() {
		return this.observer;
	}

	final long remainingNanos() {
		return this.walk.remainingNanos();
	}

	/**
	 * The attempt is due, and its target about to be asked.
	 * @return the attempt itself, or the step to take instead where it may no longer be made
	 */
	Step begin(Attempt attempt) {
		if (attempt.isSettled()) {
			return tooLate(attempt);
		}
		if (!this.walk.admits(attempt)) {
			attempt.settle();
			return orElseDespiteBreaker(this.walk.next());
		}
		if (attempt.isSettled()) {
			// The subscriber went away just then
			attempt.guard().countsForNobody(attempt);
			return tooLate(attempt);
		}
		attempt.started(now(), remainingNanos());
		this.observer.attemptStarted(attempt);
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
		Failure disguised = this.chain.inspector().judge(answer);
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
		this.observer.attemptEnded(attempt);
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
		this.observer.attemptEnded(attempt);
		if (this.doubts == null) {
			this.doubts = new Doubts<>();
		}
		this.doubts.add(attempt, failure, answer);
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
			this.observer.attemptEnded(attempt);
			settleDoubts(Attempt.Outcome.CANCELLED);
			end(Call.Outcome.CANCELLED, null, null);
		}
	}

	/** The caller has gone away before the attempt was made. */
	final Step cancelledBeforeStart(Attempt attempt, Throwable cause) {
		if (!attempt.settle()) {
			return tooLate(attempt);
		}
		this.walk.notMade(attempt);
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

	/** The last resort answered in the place of the chain. */
	final Step degraded(A answer) {
		end(Call.Outcome.DEGRADED, null, null);
		return new Step.Answer(answer);
	}

	/** There was no last resort, or it had no answer either. */
	final Step giveUp(RuntimeException thrown) {
		end(Call.Outcome.FAILED, null, thrown);
		return new Step.GiveUp(thrown);
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
				Attempt again = this.walk.retry(attempt, failure);
				return (again != null) ? again : orElseDespiteBreaker(this.walk.next());
			}
			case SILENT -> {
				Attempt other = this.walk.next();
				return (other != null) ? other : orElseDespiteBreaker(this.walk.retry(attempt, failure));
			}
			default -> {
				return orElseDespiteBreaker(this.walk.next());
			}
		}
	}

	/** Nobody else is asked; what the tool itself said goes back as it is. */
	private Step notReplayed(Attempt attempt, Failure failure) {
		return switch (failure.kind()) {
			case CANCELLED -> cancelledBy(new CallCancelledException(failure.cause()));
			case CALLER -> refused(failure);
			case TOOL -> answerInDoubt(this.doubts.first());
			default -> giveUp(new NotReplayedException(this.call, attempt.target(), failure));
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
			this.walk.history().failed(attempt, failure);
			Duration wish = failure.retryAfter();
			if (wish != null && !wish.isNegative() && !wish.isZero()) {
				attempt.guard().leaveAlone(now, wish.toNanos());
			}
		}
		this.observer.attemptEnded(attempt);
	}

	/** The caller has gone away while no attempt was in flight. */
	final Step cancelledBy(CallCancelledException thrown) {
		settleDoubts(Attempt.Outcome.CANCELLED);
		end(Call.Outcome.CANCELLED, null, thrown);
		return new Step.GiveUp(thrown);
	}

	private Step refused(Failure failure) {
		if (this.doubts != null) {
			return answerInDoubt(this.doubts.first());
		}
		return giveUp((failure.cause() instanceof RuntimeException runtime) ? runtime
				: new TargetFailureException(failure.status(), failure.message(), failure.cause()));
	}

	private Step orElseDespiteBreaker(@Nullable Attempt attempt) {
		Attempt last = (attempt == null && this.doubts == null) ? this.walk.despiteBreaker() : attempt;
		return (last != null) ? last : exhausted();
	}

	/** The walk through the chain, for those who walk it in a way of their own. */
	final ChainWalk<Q, A> walk() {
		return this.walk;
	}

	private Step exhausted() {
		if (this.doubts != null) {
			return answerInDoubt(this.doubts.first());
		}
		ChainExhaustedException.Why why = remainingNanos() <= 0 ? ChainExhaustedException.Why.DEADLINE
				: ChainExhaustedException.Why.NO_TARGET_LEFT;
		ChainExhaustedException thrown = this.walk.history().exhausted(this.call, why, this.walk.retryIn());
		return (this.chain.lastResort() != null) ? new Step.AskLastResort(thrown) : giveUp(thrown);
	}

	/** Nobody did better, so the tool meant its error: the first target's own words go to the caller. */
	private Step answerInDoubt(Doubts.Doubt<A> first) {
		settleDoubts(Attempt.Outcome.SUCCESS);
		end(Call.Outcome.TOOL_ERROR, first.attempt(), null);
		return new Step.Answer(first.answer());
	}

	private void settleDoubts(Attempt.Outcome verdict) {
		if (this.doubts != null) {
			this.doubts.settle(verdict, this.observer);
			this.doubts = null;
		}
	}

	void end(Call.Outcome outcome, @Nullable Attempt served, @Nullable RuntimeException thrown) {
		this.call.end(outcome, served, thrown, now());
		this.observer.callEnded(this.call);
	}

	final long now() {
		return this.chain.runtime().nanoTime();
	}

}
