package io.github.agentresilience.actuate.internal.answer;

import java.util.LinkedHashMap;
import java.util.Map;

import io.github.agentresilience.scorecard.internal.SpendHour;

/**
 * One hour, by the clock, in which anything was spent.
 *
 * @param at when it began
 * @param chains what each target spent, by chain
 */
@AnswerJson
public record HourFigures(String at, Map<String, Map<String, SpendFigures>> chains) {

	public static HourFigures of(SpendHour hour) {
		Map<String, Map<String, SpendFigures>> chains = new LinkedHashMap<>();
		hour.chains().forEach((chain, targets) -> {
			Map<String, SpendFigures> figures = new LinkedHashMap<>();
			targets.forEach((target, spending) -> figures.put(target, SpendFigures.of(spending)));
			chains.put(chain, figures);
		});
		return new HourFigures(hour.at().toString(), chains);
	}

}
