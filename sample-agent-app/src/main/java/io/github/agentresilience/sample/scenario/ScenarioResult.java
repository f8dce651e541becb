package io.github.agentresilience.sample.scenario;

import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

import io.github.agentresilience.scorecard.ScorecardSnapshot;
import io.github.agentresilience.scorecard.Summary;

/**
 * The figures of one scenario.
 *
 * @param summary of the leg that the scenario breaks
 * @param unanswered questions to the agent that got an exception
 * @param p95Ratio the 95th percentile against the clean one of the same leg, {@code null} where one is missing
 * @param served who gave the answers
 */
record ScenarioResult(Scenario scenario, Summary summary, int unanswered, Double p95Ratio, String served) {

	static ScenarioResult of(Scenario scenario, ScorecardSnapshot.Leg leg, int unanswered, ScenarioResult clean) {
		Summary summary = leg.summary();
		Double ratio = (clean != null && summary.p95Ms() != null && clean.summary.p95Ms() != null)
				? summary.p95Ms() / clean.summary.p95Ms() : null;
		return new ScenarioResult(scenario, summary, unanswered, ratio, served(leg, summary.succeeded()));
	}

	private static String served(ScorecardSnapshot.Leg leg, long answered) {
		return leg.targets()
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
		long good = this.summary.succeeded() - this.summary.toolErrors();
		return (this.summary.calls() == 0) ? 0 : 100.0 * Math.max(0, good - this.unanswered) / this.summary.calls();
	}

	boolean allSucceeded() {
		return this.summary.calls() > 0 && this.unanswered == 0 && this.summary.failed() == 0
				&& this.summary.toolErrors() == 0;
	}

}
