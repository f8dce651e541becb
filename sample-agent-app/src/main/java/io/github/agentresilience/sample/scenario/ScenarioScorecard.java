package io.github.agentresilience.sample.scenario;

import java.time.Clock;
import java.time.Duration;

import io.github.agentresilience.chain.Call;
import io.github.agentresilience.chain.CallObserver;
import io.github.agentresilience.chain.ChainListener;
import io.github.agentresilience.chain.ChainRuntime;
import io.github.agentresilience.chain.TargetChain;
import io.github.agentresilience.scorecard.Scorecard;
import io.github.agentresilience.scorecard.ScorecardSnapshot;

import org.springframework.stereotype.Component;

/**
 * A second scorecard that starts afresh with each scenario, so that the application's own keeps the whole story.
 */
@Component
class ScenarioScorecard implements ChainListener {

	private final Scorecard scorecard;

	ScenarioScorecard(ChainRuntime runtime) {
		this.scorecard = new Scorecard(Duration.ofMinutes(10), runtime.clock(), Clock.systemUTC());
	}

	@Override
	public ChainListener forChain(TargetChain<?, ?> chain) {
		return this.scorecard.forChain(chain);
	}

	@Override
	public CallObserver callStarted(Call call) {
		return this.scorecard.callStarted(call);
	}

	void reset() {
		this.scorecard.reset();
	}

	ScorecardSnapshot snapshot() {
		return this.scorecard.snapshot();
	}

}
