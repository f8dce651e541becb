package io.github.agentresilience.chain.internal.engine;

import java.util.Collection;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

import io.github.agentresilience.chain.Layer;
import io.github.agentresilience.chain.internal.guard.GuardedTarget;

/**
 * The chains of an application, for those who look at them: scorecard, health, endpoints.
 */
public final class ChainRegistry {

	private final List<TargetChain<?, ?>> chains = new CopyOnWriteArrayList<>();

	public void add(TargetChain<?, ?> chain) {
		this.chains.add(chain);
	}

	public Collection<TargetChain<?, ?>> chains() {
		return List.copyOf(this.chains);
	}

	public List<TargetChain<?, ?>> chains(Layer layer) {
		return this.chains.stream().filter((chain) -> chain.layer() == layer).toList();
	}

	/** Whether a layer has a target of that name. */
	public boolean hasTarget(Layer layer, String name) {
		return targets(layer).stream().anyMatch((target) -> target.name().equals(name));
	}

	/** The targets of a layer, each once, in the order in which the chains name them. */
	public List<GuardedTarget<?, ?>> targets(Layer layer) {
		return chains(layer).stream()
			.<GuardedTarget<?, ?>>flatMap((chain) -> chain.targets().stream())
			.distinct()
			.toList();
	}

}
