package io.github.agentresilience.observation.internal;

import io.github.agentresilience.chain.Call;
import io.github.agentresilience.chain.CallObserver;
import io.github.agentresilience.chain.Chain;
import io.github.agentresilience.chain.ChainListener;
import io.github.agentresilience.chain.internal.engine.UnprotectedParts;
import io.micrometer.observation.ObservationRegistry;

/**
 * Observes every call, housekeeping included.
 */
public final class ObservationChainListener implements ChainListener {

	private static final CallObserver NO_OBSERVER = new CallObserver() {
	};

	private final ObservationRegistry registry;

	/**
	 * A listener.
	 * @param registry the application's registry
	 * @param unprotected is told where handlers of that registry cannot be kept apart
	 */
	public ObservationChainListener(ObservationRegistry registry, UnprotectedParts unprotected) {
		this.registry = IsolatedObservations.of(registry, unprotected);
	}

	@Override
	public ChainListener forChain(Chain chain) {
		ChainKeys keys = new ChainKeys(chain);
		return (call) -> new CallObservation(call, keys, this.registry);
	}

	@Override
	public CallObserver callStarted(Call call) {
		return NO_OBSERVER;
	}

}
