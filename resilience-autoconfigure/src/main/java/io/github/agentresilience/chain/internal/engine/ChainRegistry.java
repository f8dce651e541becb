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

	private final Runnable completion;

	public ChainRegistry() {
		this(() -> {
		});
	}

	/**
	 * A registry of an application whose chains may be built late.
	 * @param completion builds those that are missing, before somebody looks
	 */
	public ChainRegistry(Runnable completion) {
		this.completion = completion;
	}

	public void add(TargetChain<?, ?> chain) {
		this.chains.add(chain);
	}

	public Collection<TargetChain<?, ?>> chains() {
		this.completion.run();
		return List.copyOf(this.chains);
	}

	public List<TargetChain<?, ?>> chains(Layer layer) {
		this.completion.run();
		return built(layer);
	}

	/** The chains of a layer that are built by now. */
	public List<TargetChain<?, ?>> built(Layer layer) {
		return this.chains.stream().filter((chain) -> chain.layer() == layer).toList();
	}

	/** Whether a layer has a target of that name. */
	public boolean hasTarget(Layer layer, String name) {
		return targets(layer).stream().anyMatch((target) -> target.name().equals(name));
	}

	/** The targets of a layer, each once, in the order in which the chains name them. */
	public List<GuardedTarget<?, ?>> targets(Layer layer) {
		return targets(chains(layer));
	}

	/** Those of the chains that are built by now. */
	public List<GuardedTarget<?, ?>> builtTargets(Layer layer) {
		return targets(built(layer));
	}

	private static List<GuardedTarget<?, ?>> targets(List<TargetChain<?, ?>> chains) {
		return chains.stream().<GuardedTarget<?, ?>>flatMap((chain) -> chain.targets().stream()).distinct().toList();
	}

}
