package io.github.agentresilience.autoconfigure.internal.whatif;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

import io.github.agentresilience.autoconfigure.ResilienceProperties;
import io.github.agentresilience.autoconfigure.internal.guard.ConfiguredRules;
import io.github.agentresilience.chain.Layer;
import io.github.agentresilience.chain.internal.policy.ChainPolicy;
import io.github.agentresilience.chain.internal.policy.TargetRules;
import io.github.agentresilience.whatif.internal.CandidatePolicy;
import org.jspecify.annotations.Nullable;

/**
 * What properties say of chains and targets.
 *
 * @param properties the properties
 * @param inForce the properties in force
 * @param unused keys of the candidate that make no difference to a replay
 */
record ConfiguredPolicy(ResilienceProperties properties, ResilienceProperties inForce,
		List<String> unused) implements CandidatePolicy {

	@Override
	public @Nullable List<String> targets(Layer layer, String chain) {
		if (layer == Layer.MCP) {
			return this.properties.mcp().chains().get(chain);
		}
		return this.properties.llm().targets().isEmpty() ? null : this.properties.llm().allChains().get(chain);
	}

	@Override
	public ChainPolicy chain(Layer layer, String chain) {
		return (layer == Layer.LLM) ? ConfiguredRules.chain(this.properties.llm(), chain)
				: ConfiguredRules.chain(this.properties.mcp());
	}

	@Override
	public TargetRules target(Layer layer, String target) {
		return (layer == Layer.LLM) ? ConfiguredRules.target(this.properties.llm(), target)
				: ConfiguredRules.target(this.properties.mcp(), target);
	}

	@Override
	public Set<String> changedChains(Layer layer) {
		Map<String, List<String>> before = chains(this.inForce, layer);
		Set<String> changed = new TreeSet<>();
		chains(this.properties, layer).forEach((chain, members) -> {
			if (!members.equals(before.get(chain))) {
				changed.add(chain);
			}
		});
		return changed;
	}

	private static Map<String, List<String>> chains(ResilienceProperties properties, Layer layer) {
		return (layer == Layer.LLM) ? properties.llm().chains() : properties.mcp().chains();
	}

	@Override
	public double retryBudget(Layer layer) {
		return (layer == Layer.LLM) ? this.properties.llm().retry().budget() : this.properties.mcp().retry().budget();
	}

	@Override
	public int queue(Layer layer) {
		return (layer == Layer.LLM) ? this.properties.llm().limits().queue() : this.properties.mcp().limits().queue();
	}

}
