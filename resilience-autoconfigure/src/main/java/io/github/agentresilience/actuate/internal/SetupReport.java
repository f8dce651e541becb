package io.github.agentresilience.actuate.internal;

import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Supplier;

import io.github.agentresilience.actuate.internal.answer.LimitFigures;
import io.github.agentresilience.actuate.internal.answer.ScorecardAnswer.QueueFigures;
import io.github.agentresilience.chain.Layer;
import io.github.agentresilience.chain.internal.engine.ChainRegistry;
import io.github.agentresilience.chain.internal.guard.GuardedTarget;
import io.github.agentresilience.chain.internal.limit.Limits;

/**
 * Finds out what the scorecard shows of targets and did not count itself.
 */
public final class SetupReport implements Supplier<TargetSetup> {

	private final ChainRegistry registry;

	private final Map<String, String> models;

	/**
	 * A report.
	 * @param models the models that LLM targets ask for, by target
	 */
	public SetupReport(ChainRegistry registry, Map<String, String> models) {
		this.registry = registry;
		this.models = Map.copyOf(models);
	}

	@Override
	public TargetSetup get() {
		Map<Layer, QueueFigures> queues = new EnumMap<>(Layer.class);
		Map<Layer, Map<String, LimitFigures>> figures = new EnumMap<>(Layer.class);
		for (Layer layer : Layer.values()) {
			Map<String, LimitFigures> ofLayer = new HashMap<>();
			figures.put(layer, ofLayer);
			for (GuardedTarget<?, ?> target : this.registry.targets(layer)) {
				Limits limits = target.limits();
				LimitFigures now = LimitFigures.of(limits);
				if (limits != null && now != null) {
					ofLayer.put(target.name(), now);
					queues.put(layer, new QueueFigures(limits.room().waiting(), limits.room().most()));
				}
			}
		}
		return new TargetSetup(this.models, queues, figures);
	}

}
