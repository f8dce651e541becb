package io.github.agentresilience.scorecard.internal;

import java.util.Map;
import java.util.Objects;

import io.github.agentresilience.chain.Attempt;
import io.github.agentresilience.chain.BudgetExhaustedException;
import io.github.agentresilience.chain.Call;
import io.github.agentresilience.chain.CallObserver;
import io.github.agentresilience.chain.ChainListener;
import io.github.agentresilience.chain.Failure;
import io.github.agentresilience.chain.FailureKind;
import io.github.agentresilience.chain.SkippedTarget;
import org.jspecify.annotations.Nullable;

/**
 * Scores the calls of one chain. It keeps nothing between the events of a call, so it
 * observes all of them itself.
 */
final class ChainScorer implements ChainListener, CallObserver {

	private static final CallObserver NO_OBSERVER = new CallObserver() {
	};

	private final CallStats calls;

	private final Map<String, TargetStats> targets;

	private final TargetStats[] byPosition;

	private final CallObserver spending;

	/**
	 * A scorer.
	 * @param spending is told of all calls, {@code null} where they use no tokens
	 */
	ChainScorer(CallStats calls, Map<String, TargetStats> targets, @Nullable CallObserver spending) {
		this.calls = calls;
		this.spending = (spending != null) ? spending : NO_OBSERVER;
		this.targets = targets;
		this.byPosition = targets.values().toArray(TargetStats[]::new);
	}

	@Override
	public CallObserver callStarted(Call call) {
		return call.isScored() ? this : this.spending;
	}

	@Override
	public void attemptEnded(Attempt attempt) {
		this.spending.attemptEnded(attempt);
		score(attempt);
	}

	private void score(Attempt attempt) {
		TargetStats target = this.byPosition[attempt.position()];
		Failure failure = attempt.failure();
		if (attempt.outcome() == Attempt.Outcome.SUCCESS) {
			target.attemptSucceeded(attempt);
		}
		else if (attempt.outcome() == Attempt.Outcome.FAILURE && failure != null) {
			target.attemptFailed(attempt, failure);
			if (failure.kind() != FailureKind.CALLER) {
				this.calls.attemptFailed(attempt);
			}
		}
		else if (attempt.outcome() == Attempt.Outcome.UNACCEPTABLE) {
			target.answerNotAccepted();
			this.calls.answerNotAccepted();
		}
	}

	@Override
	public void attemptJudged(Attempt attempt) {
		this.spending.attemptJudged(attempt);
		if (attempt.outcome() != Attempt.Outcome.UNACCEPTABLE) {
			score(attempt);
		}
	}

	@Override
	public void streamRestarted(Attempt broken) {
		this.calls.streamRestarted();
	}

	@Override
	public void targetSkipped(SkippedTarget skipped) {
		Objects.requireNonNull(this.targets.get(skipped.target())).skipped(skipped.reason());
	}

	@Override
	public void callEnded(Call call) {
		switch (call.outcome()) {
			case ANSWERED, TOOL_ERROR -> {
				this.calls.answered(call);
				Attempt served = call.served();
				if (served != null) {
					this.byPosition[served.position()].served();
				}
			}
			case DEGRADED -> this.calls.degraded(call);
			case FAILED -> {
				if (call.failure() instanceof BudgetExhaustedException) {
					this.calls.overBudget();
				}
				else {
					this.calls.failed();
				}
			}
			default -> {
			}
		}
	}

}
