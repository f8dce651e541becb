package io.github.agentresilience.chain;

import java.time.Duration;

import org.jspecify.annotations.Nullable;
import reactor.util.context.ContextView;

/**
 * What one call comes to: how it may end, and who is told. The ways there are {@link ChainRun}'s.
 *
 * @param <Q> the request
 * @param <A> the answer
 */
abstract class CallEnd<Q, A> {

	private final TargetChain<Q, A> chain;

	private final Call call;

	private final CallObserver observer;

	private final ChainWalk<Q, A> walk;

	private @Nullable Doubts<A> doubts;

	CallEnd(TargetChain<Q, A> chain, CallSpec spec, @Nullable ContextView streamContext) {
		long now = chain.runtime().nanoTime();
		this.chain = chain;
		this.call = new Call(chain.layer(), chain.name(), spec.scored(), spec.synthetic(), streamContext,
				now);
		this.observer = Observers.of(chain.listeners(), this.call);
		this.walk = new ChainWalk<>(chain, this.call, this.observer, deadline(chain, spec, streamContext, now),
				spec.timeout());
	}

	private static long deadline(TargetChain<?, ?> chain, CallSpec spec, @Nullable ContextView streamContext,
			long now) {
		Duration deadline = spec.deadline();
		long own = now + (deadline != null ? deadline.toNanos() : chain.deadlineNanos());
		TurnDeadline turn = chain.runtime().turnDeadline(streamContext);
		return (turn != null && turn.atNanos() - own < 0) ? turn.atNanos() : own;
	}

	final TargetChain<Q, A> chain() {
		return this.chain;
	}

	final Call call() {
		return this.call;
	}

	final CallObserver observer() {
		return this.observer;
	}

	/** The way through the chain. */
	final ChainWalk<Q, A> walk() {
		return this.walk;
	}

	final long remainingNanos() {
		return this.walk.remainingNanos();
	}

	/** The answer may be a failure in disguise; another target's will tell. */
	final void doubt(Attempt attempt, Failure failure, A answer) {
		if (this.doubts == null) {
			this.doubts = new Doubts<>();
		}
		this.doubts.add(attempt, failure, answer);
	}

	final boolean isInDoubt() {
		return this.doubts != null;
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

	/** The caller has gone away while no attempt was in flight. */
	final Step cancelledBy(CallCancelledException thrown) {
		settleDoubts(Attempt.Outcome.CANCELLED);
		end(Call.Outcome.CANCELLED, null, thrown);
		return new Step.GiveUp(thrown);
	}

	/** The request itself was refused. */
	final Step refused(Failure failure) {
		if (this.doubts != null) {
			return answerInDoubt();
		}
		return giveUp((failure.cause() instanceof RuntimeException runtime) ? runtime
				: new TargetFailureException(failure.status(), failure.message(), failure.cause()));
	}

	/** No target is left. */
	final Step exhausted() {
		if (this.doubts != null) {
			return answerInDoubt();
		}
		ChainExhaustedException.Why why = remainingNanos() <= 0 ? ChainExhaustedException.Why.DEADLINE
				: ChainExhaustedException.Why.NO_TARGET_LEFT;
		ChainExhaustedException thrown = this.walk.history().exhausted(this.call, why, this.walk.retryIn());
		return (this.chain.lastResort() != null) ? new Step.AskLastResort(thrown) : giveUp(thrown);
	}

	/** Nobody did better, so the tool meant its error: the first target's own words go to the caller. */
	final Step answerInDoubt() {
		Doubts.Doubt<A> first = this.doubts.first();
		settleDoubts(Attempt.Outcome.SUCCESS);
		end(Call.Outcome.TOOL_ERROR, first.attempt(), null);
		return new Step.Answer(first.answer());
	}

	final void settleDoubts(Attempt.Outcome verdict) {
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
