package io.github.agentresilience.whatif.internal;

import java.util.List;

import io.github.agentresilience.chain.Layer;

/**
 * A chain whose calls are recorded.
 *
 * @param layer its layer
 * @param name its name
 * @param targets the names of its targets, in the order of the chain
 */
public record RecordedChain(Layer layer, String name, List<String> targets) {

	public RecordedChain {
		targets = List.copyOf(targets);
	}

	/** Whether it is the same chain, whatever its targets are. */
	boolean isSame(RecordedChain other) {
		return this.layer == other.layer && this.name.equals(other.name);
	}

}
