package io.github.agentresilience.observation;

import io.github.agentresilience.chain.Call;
import io.github.agentresilience.chain.CallObserver;
import io.github.agentresilience.chain.ChainListener;
import io.micrometer.observation.ObservationRegistry;

/**
 * Observes every call, housekeeping included.
 */
public final class ObservationChainListener implements ChainListener {

	private final ObservationRegistry registry;

	public ObservationChainListener(ObservationRegistry registry) {
		this.registry = registry;
	}

	@Override
	public CallObserver callStarted(Call call) {
		return new CallObservation(call, this.registry);
	}

}
