package io.github.agentresilience.chain.internal.engine;

import java.time.Duration;

import io.github.agentresilience.chain.internal.policy.HedgePolicy;
import io.github.agentresilience.chain.internal.time.Nanos;
import io.github.agentresilience.chain.internal.time.Overtime;

/**
 * What becomes of an attempt that is slow: whether another is made beside it, and when.
 */
final class HedgeRules {

	static final long NO_HEDGE = -1;

	private HedgeRules() {
	}

	/** How long the attempt may take before it is hedged, or {@link #NO_HEDGE}. */
	static <Q, A> long hedgeAfterNanos(ChainRun<Q, A> run, ActiveAttempt<Q, A> attempt) {
		TargetChain<Q, A> chain = run.planner().chain();
		if (run.hedging() == null || !mayAskTwice(run)) {
			return NO_HEDGE;
		}
		HedgePolicy hedging = attempt.guard().hedge();
		if (!hedging.enabled() || !chain.hedges() || attempt.isHedge() || attempt.isBreakerBypass()) {
			return NO_HEDGE;
		}
		Duration after = hedging.after();
		long nanos = (after != null) ? Nanos.of(after) : attempt.guard().latency(attempt.call().isStreaming()).p95();
		return (nanos < attempt.timeoutNanos()) ? nanos : NO_HEDGE;
	}

	/** Whether a retry might come to run beside the attempt that is about to be made. */
	static <Q, A> boolean mayComeToBackup(ChainRun<Q, A> run, ActiveAttempt<Q, A> attempt) {
		return mayAskTwice(run) && !attempt.isHedge() && attempt.tryOnTarget() < attempt.guard().retry().maxAttempts()
				&& !run.planner().canMoveOn();
	}

	private static boolean mayAskTwice(ChainRun<?, ?> run) {
		Hedging<?, ?> hedging = run.hedging();
		return run.planner().chain().mayAskTwice(run.call().spec()) && (hedging == null || !hedging.hasHedge());
	}

	/** What becomes of the attempt now that its time is over. */
	static <Q, A> Overtime overtime(ChainRun<Q, A> run, ActiveAttempt<Q, A> attempt) {
		if (run.call().spec().timeout() != null || !FailureRules.mayBeMadeAgain(run, attempt)) {
			// The call says itself how long an attempt may take, or no target may be
			// asked after this one
			return Overtime.TIME_OUT;
		}
		if (attempt.isBackup()) {
			return Overtime.GO_ON;
		}
		Hedging<Q, A> hedging = run.hedging();
		if ((hedging != null && hedging.isAnotherInFlight(attempt)) || run.planner().canMoveOn()) {
			return Overtime.TIME_OUT;
		}
		if (!run.planner().mayRetry(attempt)) {
			return Overtime.GO_ON;
		}
		return run.takesBackup(attempt) ? Overtime.GO_ON_WITH_BACKUP : Overtime.TIME_OUT;
	}

}
