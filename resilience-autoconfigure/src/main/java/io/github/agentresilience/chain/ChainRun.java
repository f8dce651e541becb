package io.github.agentresilience.chain;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;

import org.jspecify.annotations.Nullable;
import reactor.util.context.ContextView;

/**
 * The rules of a chain, for one call. It is told how attempts ended and answers with the next {@link Step}; it waits
 * for nothing and asks nobody. Its signals come one after the other, from whichever thread.
 *
 * @param <Q> the request
 * @param <A> the answer
 */
final class ChainRun<Q, A> {

	private final TargetChain<Q, A> chain;

	private final List<GuardedTarget<Q, A>> targets;

	private final Call call;

	private final CallObserver observer;

	private final long deadlineNanos;

	private int position;

	private int triesHere;

	private int attempts;

	private @Nullable List<AttemptReport> history;

	private @Nullable List<SkippedTarget> skipped;

	private @Nullable List<InDoubt<A>> inDoubt;

	private @Nullable Throwable lastCause;

	ChainRun(TargetChain<Q, A> chain, CallSpec spec, @Nullable ContextView streamContext) {
		long now = chain.runtime().nanoTime();
		this.chain = chain;
		this.targets = chain.order();
		this.call = new Call(chain.layer(), chain.name(), spec.scored(), streamContext, now);
		this.observer = Observers.of(chain.listeners(), this.call);
		Duration deadline = spec.deadline();
		this.deadlineNanos = now + (deadline != null ? deadline.toNanos() : chain.deadlineNanos());
	}

	Step start() {
		this.chain.budget().callStarted();
		return firstAvailableFrom(0);
	}

	CallObserver observer() {
		return this.observer;
	}

	long remainingNanos() {
		return this.deadlineNanos - now();
	}

	void begin(Attempt attempt) {
		attempt.started(now());
		this.observer.attemptStarted(attempt);
	}

	/** The target answered, and the answer may be a failure in disguise. */
	Step answered(Attempt attempt, A answer) {
		Failure disguised = this.chain.inspector().judge(answer);
		if (disguised == null) {
			succeeded(attempt);
			return new Step.Answer(answer);
		}
		if (disguised.kind() != FailureKind.TOOL) {
			return failed(attempt, disguised);
		}
		attempt.settle();
		attempt.ended(Attempt.Outcome.IN_DOUBT, disguised, now());
		this.observer.attemptEnded(attempt);
		if (this.inDoubt == null) {
			this.inDoubt = new ArrayList<>(2);
		}
		this.inDoubt.add(new InDoubt<>(attempt, disguised, answer));
		return firstAvailableFrom(this.position + 1);
	}

	/** The target's answer is good and whole. */
	void succeeded(Attempt attempt) {
		if (!attempt.settle()) {
			return;
		}
		attempt.ended(Attempt.Outcome.SUCCESS, null, now());
		attempt.guard().answered(attempt, attempt.responseNanos());
		this.observer.attemptEnded(attempt);
		settleDoubts(Attempt.Outcome.FAILURE);
		end(Call.Outcome.ANSWERED, attempt, null);
	}

	/** The attempt failed, and nothing of its answer has gone to the caller. */
	Step failed(Attempt attempt, Failure failure) {
		if (!attempt.settle()) {
			return new Step.GiveUp(new CallCancelledException(failure.cause()));
		}
		recordFailure(attempt, failure);
		return switch (failure.kind()) {
			case CANCELLED -> cancelledBy(new CallCancelledException(failure.cause()));
			case CALLER -> refused(failure);
			case TRANSIENT -> canRetry(attempt, failure) ? retry(attempt, failure) : firstAvailableFrom(this.position + 1);
			case SILENT -> isLast() && canRetry(attempt, failure) ? retry(attempt, failure)
					: firstAvailableFrom(this.position + 1);
			case TARGET, TOOL -> firstAvailableFrom(this.position + 1);
		};
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

	/** The caller was interrupted before the attempt was made. */
	Step cancelledBeforeStart(Attempt attempt, Throwable cause) {
		attempt.settle();
		attempt.guard().countsForNobody(attempt);
		return cancelledBy(new CallCancelledException(cause));
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
			if (this.history == null) {
				this.history = new ArrayList<>(4);
			}
			this.history.add(new AttemptReport(attempt.target(), failure.kind(), failure.status(),
					Duration.ofNanos(attempt.durationNanos())));
			this.lastCause = failure.cause();
			Duration wish = failure.retryAfter();
			if (wish != null && !wish.isNegative() && !wish.isZero()) {
				attempt.guard().leaveAlone(now, wish.toNanos());
			}
		}
		this.observer.attemptEnded(attempt);
	}

	private Step cancelledBy(CallCancelledException thrown) {
		settleDoubts(Attempt.Outcome.CANCELLED);
		end(Call.Outcome.CANCELLED, null, thrown);
		return new Step.GiveUp(thrown);
	}

	private Step refused(Failure failure) {
		if (this.inDoubt != null) {
			return answerInDoubt(this.inDoubt.get(0));
		}
		RuntimeException thrown = (failure.cause() instanceof RuntimeException runtime) ? runtime
				: new TargetFailureException(failure.status(), failure.message(), failure.cause());
		end(Call.Outcome.FAILED, null, thrown);
		return new Step.GiveUp(thrown);
	}

	private boolean isLast() {
		return this.position == this.targets.size() - 1;
	}

	private boolean canRetry(Attempt attempt, Failure failure) {
		GuardedTarget<Q, A> guard = this.targets.get(this.position);
		if (attempt.isLastResort() || this.triesHere >= guard.retry().maxAttempts()) {
			return false;
		}
		Duration wish = failure.retryAfter();
		return (wish == null || wish.toNanos() <= guard.maxRetryAfterNanos()) && this.chain.budget().tryRetry();
	}

	private Step retry(Attempt attempt, Failure failure) {
		GuardedTarget<Q, A> guard = this.targets.get(this.position);
		long backoff = guard.retry().backoffNanos(this.triesHere, ThreadLocalRandom.current().nextDouble());
		long delay = Math.max(backoff, guard.leftAloneForNanos(now()));
		if (delay < remainingNanos() && guard.breaker().tryAcquirePermission()) {
			return attempt(guard, delay, false);
		}
		return firstAvailableFrom(this.position + 1);
	}

	/** Moving on never waits, save for a Retry-After short enough to sit out. */
	private Step firstAvailableFrom(int from) {
		for (int i = from; i < this.targets.size(); i++) {
			GuardedTarget<Q, A> guard = this.targets.get(i);
			long leftAloneFor = guard.leftAloneForNanos(now());
			if (leftAloneFor > Math.min(guard.maxRetryAfterNanos(), remainingNanos())) {
				skip(guard, SkippedTarget.Reason.RETRY_AFTER);
			}
			else if (remainingNanos() <= 0) {
				return exhausted();
			}
			else if (guard.breaker().tryAcquirePermission()) {
				moveTo(i);
				return attempt(guard, leftAloneFor, false);
			}
			else {
				skip(guard, SkippedTarget.Reason.BREAKER_OPEN);
			}
		}
		return lastResort();
	}

	private Step lastResort() {
		int last = this.targets.size() - 1;
		GuardedTarget<Q, A> guard = this.targets.get(last);
		if (this.inDoubt == null && this.chain.triesLastTarget() && allOpen() && guard.leftAloneForNanos(now()) == 0
				&& remainingNanos() > 0 && (this.position != last || this.triesHere == 0) && guard.tryLastResort()) {
			moveTo(last);
			return attempt(guard, 0, true);
		}
		return exhausted();
	}

	private boolean allOpen() {
		for (GuardedTarget<Q, A> guard : this.targets) {
			if (!guard.isOpen()) {
				return false;
			}
		}
		return true;
	}

	private void moveTo(int target) {
		this.position = target;
		this.triesHere = 0;
	}

	private void skip(GuardedTarget<Q, A> guard, SkippedTarget.Reason reason) {
		SkippedTarget skip = new SkippedTarget(guard.name(), reason);
		if (this.skipped == null) {
			this.skipped = new ArrayList<>(2);
		}
		this.skipped.add(skip);
		this.observer.targetSkipped(skip);
	}

	private Attempt attempt(GuardedTarget<Q, A> guard, long delayNanos, boolean lastResort) {
		this.triesHere++;
		this.attempts++;
		long wanted = this.call.isStreaming() ? guard.timeouts().firstChunk().toNanos()
				: guard.timeouts().attempt().toNanos();
		long left = remainingNanos() - delayNanos;
		return new Attempt(this.call, guard, this.position, this.attempts, this.triesHere, lastResort, delayNanos,
				Math.min(wanted, left), left < wanted);
	}

	private Step exhausted() {
		if (this.inDoubt != null) {
			return answerInDoubt(this.inDoubt.get(0));
		}
		ChainExhaustedException.Why why = remainingNanos() <= 0 ? ChainExhaustedException.Why.DEADLINE
				: ChainExhaustedException.Why.NO_TARGET_LEFT;
		ChainExhaustedException thrown = new ChainExhaustedException(this.call.layer(), this.call.chain(), why,
				this.history != null ? this.history : List.of(), this.skipped != null ? this.skipped : List.of(),
				retryIn(), this.lastCause);
		end(Call.Outcome.FAILED, null, thrown);
		return new Step.GiveUp(thrown);
	}

	/** Nobody did better, so the tool meant its error: the first target's own words go to the caller. */
	private Step answerInDoubt(InDoubt<A> first) {
		settleDoubts(Attempt.Outcome.SUCCESS);
		end(Call.Outcome.TOOL_ERROR, first.attempt, null);
		return new Step.Answer(first.answer);
	}

	private void settleDoubts(Attempt.Outcome verdict) {
		if (this.inDoubt == null) {
			return;
		}
		for (InDoubt<A> doubt : this.inDoubt) {
			GuardedTarget<?, ?> guard = doubt.attempt.guard();
			doubt.attempt.judged(verdict);
			if (verdict == Attempt.Outcome.FAILURE) {
				guard.failed(doubt.attempt, doubt.failure, doubt.attempt.durationNanos());
			}
			else {
				guard.countsForNobody(doubt.attempt);
			}
			this.observer.attemptJudged(doubt.attempt);
		}
		this.inDoubt = null;
	}

	private @Nullable Duration retryIn() {
		long soonest = Long.MAX_VALUE;
		for (GuardedTarget<Q, A> guard : this.targets) {
			long alone = guard.leftAloneForNanos(now());
			long open = guard.isOpen() ? guard.breaker()
				.getCircuitBreakerConfig()
				.getWaitIntervalFunctionInOpenState()
				.apply(1) * 1_000_000 : 0;
			soonest = Math.min(soonest, Math.max(alone, open));
		}
		return (soonest == 0 || soonest == Long.MAX_VALUE) ? null : Duration.ofNanos(soonest);
	}

	private void end(Call.Outcome outcome, @Nullable Attempt served, @Nullable RuntimeException thrown) {
		this.call.end(outcome, served, thrown, now());
		this.observer.callEnded(this.call);
	}

	private long now() {
		return this.chain.runtime().nanoTime();
	}

	private record InDoubt<A>(Attempt attempt, Failure failure, A answer) {
	}

}
