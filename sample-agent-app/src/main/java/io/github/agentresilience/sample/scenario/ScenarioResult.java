package io.github.agentresilience.sample.scenario;

import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

import io.github.agentresilience.sample.operator.ScorecardAnswer;
import io.github.agentresilience.sample.operator.ScorecardAnswer.Figures;
import io.github.agentresilience.sample.operator.ScorecardAnswer.Summary;

/**
 * The figures of one scenario.
 *
 * @param scorecard as it was after the scenario
 * @param wrong questions to the agent that got an exception or a wrong answer, and calls
 * of tools that nobody asked for
 * @param p95Ratio the 95th percentile against the clean one of the same layer,
 * {@code null} where one is missing
 * @param served who gave the answers
 */
record ScenarioResult(Scenario scenario, ScorecardAnswer scorecard, int wrong, Double p95Ratio, String served) {

	static ScenarioResult of(Scenario scenario, ScorecardAnswer scorecard, int wrong, ScenarioResult clean) {
		Figures figures = scorecard.of(scenario.layer());
		Summary summary = figures.summary();
		Double ratio = (clean != null && summary.p95Ms() != null && clean.summary().p95Ms() != null)
				? summary.p95Ms() / clean.summary().p95Ms() : null;
		return new ScenarioResult(scenario, scorecard, wrong, ratio, served(figures, summary.succeeded()));
	}

	/** The figures of the layer that the scenario breaks. */
	Summary summary() {
		return this.scorecard.of(this.scenario.layer()).summary();
	}

	private static String served(Figures figures, long answered) {
		return figures.targets()
			.entrySet()
			.stream()
			.filter((target) -> target.getValue().served() > 0)
			.map((target) -> share(target.getValue().served(), answered, target))
			.collect(Collectors.joining(", "));
	}

	private static String share(long served, long answered, Map.Entry<String, ?> target) {
		return String.format(Locale.ROOT, "%s %.1f %%", target.getKey(), 100.0 * served / answered);
	}

	double successPercent() {
		Summary summary = summary();
		long good = summary.succeeded() - summary.failedTools();
		return (summary.calls() == 0) ? 0 : 100.0 * Math.max(0, good - this.wrong) / summary.calls();
	}

	boolean allSucceeded() {
		Summary summary = summary();
		return summary.calls() > 0 && this.wrong == 0 && summary.failed() == 0 && summary.failedTools() == 0;
	}

}
