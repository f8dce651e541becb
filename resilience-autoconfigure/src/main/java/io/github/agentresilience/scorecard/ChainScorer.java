package io.github.agentresilience.scorecard;

import java.util.Map;

import io.github.agentresilience.chain.Attempt;
import io.github.agentresilience.chain.Call;
import io.github.agentresilience.chain.CallObserver;
import io.github.agentresilience.chain.ChainListener;
import io.github.agentresilience.chain.Failure;
import io.github.agentresilience.chain.FailureKind;
import io.github.agentresilience.chain.SkippedTarget;

/**
 * Scores the calls of one chain. It keeps nothing between the events of a call, so it observes all of them itself.
 */
final class ChainScorer implements ChainListener, CallObserver {

	private static final CallObserver UNSCORED = new CallObserver() {
	};

	private final CallStats calls;

	private final Map<String, TargetStats> targets;

	private final TargetStats[] byPosition;

	ChainScorer(CallStats calls, Map<String, TargetStats> targets) {
		this.calls = calls;
		this.targets = targets;
		this.byPosition = targets.values().toArray(TargetStats[]::new);
	}

	@Override
	public CallObserver callStarted(Call call) {
		return call.isScored() ? this : UNSCORED;
	}

	@Override
	public void attemptEnded(Attempt attempt) {
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
	}

	@Override
	public void attemptJudged(Attempt attempt) {
		attemptEnded(attempt);
	}

	@Override
	public void targetSkipped(SkippedTarget skipped) {
		this.targets.get(skipped.target()).skipped();
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
			case FAILED -> this.calls.failed();
			default -> {
			}
		}
	}

}
