package io.github.agentresilience.chain;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

import org.jspecify.annotations.Nullable;
import reactor.util.context.ContextView;

/**
 * The rules of a chain that hedges, for one call. Besides the attempt that walks the chain there is at most one hedge;
 * their signals come from two threads, so here they take turns. Whichever answers first ends the call, the other is
 * stopped; where the walking attempt fails, the hedge takes its place.
 */
final class HedgedRun<Q, A> extends ChainRun<Q, A> {

	private @Nullable Attempt walking;

	private Step.@Nullable AwaitHedge hedge;

	private boolean hedgeBegun;

	/** The attempt whose answer has begun to go to the caller. */
	private @Nullable Attempt leader;

	private @Nullable Attempt loser;

	HedgedRun(TargetChain<Q, A> chain, CallSpec spec, @Nullable ContextView streamContext) {
		super(chain, spec, streamContext);
	}

	@Override
	long hedgeAfterNanos(Attempt attempt) {
		if (attempt.isHedge() || attempt.isDespiteBreaker() || this.hedge != null) {
			return NO_HEDGE;
		}
		HedgePolicy hedging = attempt.guard().hedge();
		if (!hedging.enabled()) {
			return NO_HEDGE;
		}
		Duration after = hedging.after();
		long nanos = (after != null) ? after.toNanos()
				: attempt.guard().latency(attempt.call().isStreaming()).p95();
		return (nanos < attempt.timeoutNanos()) ? nanos : NO_HEDGE;
	}

	@Override
	Step begin(Attempt attempt) {
		return inTurn(() -> {
			Step begun = super.begin(attempt);
			if (begun == attempt && attempt.isHedge()) {
				this.hedgeBegun = true;
			}
			else if (begun == attempt) {
				this.walking = attempt;
			}
			return begun;
		});
	}

	@Override
	synchronized @Nullable Attempt startHedge(Attempt slow, CompletableFuture<Step> outcome) {
		if (this.hedge != null || this.leader != null || slow.isSettled()) {
			return null;
		}
		Attempt attempt = walk().hedge();
		this.hedge = (attempt != null) ? new Step.AwaitHedge(attempt, outcome) : null;
		return attempt;
	}

	@Override
	boolean leads(Attempt attempt) {
		return inTurn(() -> {
			if (this.leader == null && !attempt.isSettled()) {
				this.leader = attempt;
				settleOther(attempt, Call.Outcome.ANSWERED);
			}
			return this.leader == attempt;
		});
	}

	@Override
	boolean succeeded(Attempt attempt) {
		return inTurn(() -> super.succeeded(attempt));
	}

	@Override
	Step doubted(Attempt attempt, Failure failure, A answer) {
		return inTurn(() -> super.doubted(attempt, failure, answer));
	}

	@Override
	Step failed(Attempt attempt, Failure failure) {
		return inTurn(() -> super.failed(attempt, failure));
	}

	@Override
	RuntimeException failedAfterCommit(Attempt attempt, Failure failure, String textSoFar) {
		return inTurn(() -> super.failedAfterCommit(attempt, failure, textSoFar));
	}

	@Override
	void cancelled(Attempt attempt) {
		inTurn(() -> {
			if (attempt.isHedge() && isInFlight(this.walking)) {
				// The call has not ended with its hedge
				settleAs(Attempt.Outcome.CANCELLED, attempt);
			}
			else {
				super.cancelled(attempt);
			}
			return attempt;
		});
	}

	@Override
	Step next(Attempt attempt, Failure failure) {
		boolean endsCall = failure.kind() == FailureKind.CALLER || failure.kind() == FailureKind.CANCELLED;
		if (attempt.isHedge() && isInFlight(this.walking)) {
			return Step.Nothing.INSTANCE;
		}
		if (!attempt.isHedge() && !endsCall && this.hedge != null && isInFlight(this.hedge.attempt())) {
			walk().moveTo(this.hedge.attempt().rank(), 1);
			return this.hedge;
		}
		return super.next(attempt, failure);
	}

	@Override
	Step tooLate(Attempt attempt) {
		if (attempt.isHedge()) {
			return Step.Nothing.INSTANCE;
		}
		return (this.hedge != null) ? this.hedge : super.tooLate(attempt);
	}

	@Override
	void end(Call.Outcome outcome, @Nullable Attempt served, @Nullable RuntimeException thrown) {
		settleOther(served, outcome);
		super.end(outcome, served, thrown);
	}

	/** Settles what is in flight besides the attempt that decided the call. */
	private void settleOther(@Nullable Attempt decisive, Call.Outcome outcome) {
		Attempt other = (decisive != null && decisive.isHedge() || this.hedge == null) ? this.walking
				: this.hedge.attempt();
		if (other != null && other != decisive && settleAs((outcome == Call.Outcome.ANSWERED)
				? Attempt.Outcome.OVERTAKEN : Attempt.Outcome.CANCELLED, other)) {
			this.loser = other;
		}
	}

	private boolean settleAs(Attempt.Outcome outcome, Attempt attempt) {
		if (!attempt.settle()) {
			return false;
		}
		if (attempt.isHedge() && !this.hedgeBegun) {
			attempt.guard().countsForNobody(attempt);
			return true;
		}
		attempt.ended(outcome, null, now());
		if (outcome == Attempt.Outcome.OVERTAKEN) {
			attempt.guard().overtaken(attempt, attempt.responseNanos());
		}
		else {
			attempt.guard().countsForNobody(attempt);
		}
		observer().attemptEnded(attempt);
		return true;
	}

	private static boolean isInFlight(@Nullable Attempt attempt) {
		return attempt != null && !attempt.isSettled();
	}

	/** Stopping an exchange may touch its socket, so that is done when the turn is over. */
	private <T> T inTurn(Supplier<T> rule) {
		T result;
		Attempt overtaken;
		synchronized (this) {
			result = rule.get();
			overtaken = this.loser;
			this.loser = null;
		}
		if (overtaken != null) {
			overtaken.cancel(Attempt.Stop.OVERTAKEN);
		}
		return result;
	}

}
