package io.github.agentresilience.actuate.internal;

import java.util.Map;

import io.github.agentresilience.actuate.internal.answer.LimitFigures;
import io.github.agentresilience.actuate.internal.answer.ScorecardAnswer.QueueFigures;
import io.github.agentresilience.chain.Layer;

/**
 * What the scorecard shows of targets and did not count itself.
 *
 * @param models the models that LLM targets ask for, by target
 * @param queues the calls that wait, without the layers whose targets have no limits
 * @param limits how the limits of targets stand, by layer and target
 */
public record TargetSetup(Map<String, String> models, Map<Layer, QueueFigures> queues,
		Map<Layer, Map<String, LimitFigures>> limits) {

	/** Nothing is known. */
	public static final TargetSetup NONE = new TargetSetup(Map.of(), Map.of(), Map.of());

}
