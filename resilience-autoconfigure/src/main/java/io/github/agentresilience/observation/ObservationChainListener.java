package io.github.agentresilience.observation;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

import io.github.agentresilience.chain.Call;
import io.github.agentresilience.chain.CallObserver;
import io.github.agentresilience.chain.ChainListener;
import io.github.agentresilience.chain.GuardedTarget;
import io.github.agentresilience.chain.TargetChain;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationRegistry;

/**
 * Observes every call, housekeeping included.
 */
public final class ObservationChainListener implements ChainListener {

	private final ObservationRegistry registry;

	private final Set<CircuitBreaker> watched = ConcurrentHashMap.newKeySet();

	public ObservationChainListener(ObservationRegistry registry) {
		this.registry = registry;
	}

	/** A breaker changes its state within the call whose outcome made it do so. */
	@Override
	public ChainListener forChain(TargetChain<?, ?> chain) {
		for (GuardedTarget<?, ?> target : chain.targets()) {
			if (this.watched.add(target.breaker())) {
				target.breaker().getEventPublisher().onStateTransition((event) -> {
					Observation current = this.registry.getCurrentObservation();
					if (current != null) {
						current.event(Observation.Event.of(ResilienceObservations.BREAKER,
								"breaker of " + target.name() + " is " + event.getStateTransition().getToState()));
					}
				});
			}
		}
		return this;
	}

	@Override
	public CallObserver callStarted(Call call) {
		return new CallObservation(call, this.registry);
	}

}
