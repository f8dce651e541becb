package io.github.agentresilience.autoconfigure.internal.config;

import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import java.util.Objects;

import io.github.agentresilience.autoconfigure.ResilienceConfigurationException;
import io.github.agentresilience.autoconfigure.ResilienceProperties.ChainTurnBudget;
import io.github.agentresilience.autoconfigure.ResilienceProperties.LayerTurnBudget;
import io.github.agentresilience.autoconfigure.ResilienceProperties.Llm;
import org.jspecify.annotations.Nullable;

/**
 * What must hold of the budgets of turns.
 */
final class TurnBudgetRules {

	private static final String PROPERTY = "resilience.llm.turn-budget";

	private TurnBudgetRules() {
	}

	static void check(Llm llm) {
		LayerTurnBudget layer = llm.turnBudget();
		limits(PROPERTY, new ChainTurnBudget(layer.tokens(), layer.cost(), layer.modelCalls(), layer.toolCalls()));
		layer.chains().forEach((chain, limits) -> limits(PROPERTY + ".chains." + chain, limits));
		if (llm.targets().isEmpty()) {
			unpriced(PROPERTY, layer.cost());
			layer.chains().forEach((chain, limits) -> unpriced(PROPERTY + ".chains." + chain, limits.cost()));
			return;
		}
		Map<String, List<String>> chains = llm.allChains();
		layer.chains()
			.keySet()
			.forEach((chain) -> ConfigurationRules.require(chains.containsKey(chain), PROPERTY + ".chains." + chain,
					"is for an unknown chain",
					"Declare it under resilience.llm.chains, or use one of: " + String.join(", ", chains.keySet())));
		chains.forEach((chain, targets) -> targets.forEach((target) -> priced(llm, chain, target)));
	}

	private static void limits(String property, ChainTurnBudget limits) {
		atLeastOne(property + ".tokens", limits.tokens());
		atLeastOne(property + ".model-calls", limits.modelCalls());
		BigDecimal cost = limits.cost();
		ConfigurationRules.require(cost == null || cost.signum() > 0, property + ".cost", "is not positive",
				"Use an amount such as 0.05.");
		Integer toolCalls = limits.toolCalls();
		ConfigurationRules.require(toolCalls == null || toolCalls >= 0, property + ".tool-calls", "is negative",
				"Use 0 or more.");
	}

	private static void atLeastOne(String property, @Nullable Number value) {
		ConfigurationRules.require(value == null || value.longValue() >= 1, property, "is less than 1",
				"Use 1 or more.");
	}

	private static void unpriced(String property, @Nullable BigDecimal cost) {
		ConfigurationRules.require(cost == null, property + ".cost", "is set, but no target is declared",
				"Declare the model under resilience.llm.targets with its price, or limit tokens instead.");
	}

	/** A target without a price would cost nothing, whatever its provider charges. */
	private static void priced(Llm llm, String chain, String target) {
		if (llm.turnBudget().of(chain).cost() == null || !llm.targets().containsKey(target)
				|| Objects.requireNonNull(llm.targets().get(target)).price() != null) {
			return;
		}
		ChainTurnBudget own = llm.turnBudget().chains().get(chain);
		throw new ResilienceConfigurationException(
				((own != null && own.cost() != null) ? PROPERTY + ".chains." + chain : PROPERTY) + ".cost",
				"is set, but the target '" + target + "' of the chain '" + chain + "' has no price",
				"Set resilience.llm.targets." + target
						+ ".price.input-per-million and output-per-million, 0 where it costs nothing.");
	}

}
