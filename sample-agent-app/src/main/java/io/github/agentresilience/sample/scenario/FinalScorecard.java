package io.github.agentresilience.sample.scenario;

import java.io.PrintStream;
import java.util.Locale;

import io.github.agentresilience.scorecard.ScorecardSnapshot;
import io.github.agentresilience.scorecard.Summary;

/**
 * Prints the application's scorecard over all scenarios.
 */
final class FinalScorecard {

	private final PrintStream out;

	FinalScorecard(PrintStream out) {
		this.out = out;
	}

	void print(ScorecardSnapshot snapshot) {
		this.out.println("Scorecard over all scenarios");
		summary("overall", snapshot.overall());
		snapshot.legs().forEach((layer, leg) -> {
			summary(layer.id(), leg.summary());
			leg.targets()
				.forEach((name, target) -> this.out.printf(
						"    %-14s %-9s attempts %4d  failed %3d  skipped %4d  served %4d  outages %2d%n", name,
						target.breaker(), target.attempts(), target.failed(), target.skipped(), target.served(),
						target.outages()));
		});
	}

	private void summary(String name, Summary summary) {
		this.out.printf(Locale.ROOT,
				"  %-8s calls %4d  success %s  fallback %s  p50 %s  p95 %s  p99 %s  incidents %d  MTTR %s%n", name,
				summary.calls(), percent(summary.successRate()), percent(summary.fallbackRate()),
				millis(summary.p50Ms()), millis(summary.p95Ms()), millis(summary.p99Ms()), summary.incidents(),
				millis(summary.mttrMs()));
	}

	private static String millis(Double value) {
		return (value != null) ? String.format(Locale.ROOT, "%.0f ms", value) : "-";
	}

	private static String percent(Double value) {
		return (value != null) ? String.format(Locale.ROOT, "%.1f %%", value * 100) : "-";
	}

}
