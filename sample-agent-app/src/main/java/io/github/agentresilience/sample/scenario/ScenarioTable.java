package io.github.agentresilience.sample.scenario;

import java.io.PrintStream;
import java.util.List;
import java.util.Locale;

import io.github.agentresilience.sample.operator.ScorecardAnswer.Summary;

/**
 * Prints the figures of all scenarios.
 */
final class ScenarioTable {

	private static final String ROW = "| %-24s | %-5s | %-35s | %5s | %9s | %6s | %6s | %6s | %9s | %6s | %8s | %s |%n";

	private final PrintStream out;

	ScenarioTable(PrintStream out) {
		this.out = out;
	}

	void print(List<ScenarioResult> results) {
		this.out.println();
		this.out.printf(ROW, "scenario", "layer", "fault", "calls", "success %", "p50 ms", "p95 ms", "p99 ms",
				"p95/clean", "MTTR", "fallback", "who served");
		this.out.println("|---|---|---|---:|---:|---:|---:|---:|---:|---:|---:|---|");
		for (ScenarioResult result : results) {
			Summary summary = result.summary();
			this.out.printf(ROW, result.scenario().name(), result.scenario().layer().id().toUpperCase(Locale.ROOT),
					result.scenario().fault(), summary.calls(), number("%.1f", result.successPercent()),
					number("%.0f", summary.p50Ms()), number("%.0f", summary.p95Ms()), number("%.0f", summary.p99Ms()),
					number("%.2f", result.p95Ratio()), number("%.0f", summary.mttrMs()),
					number("%.0f %%", percent(summary.fallbackRate())), result.served());
		}
		this.out.println();
	}

	private static Double percent(Double rate) {
		return (rate != null) ? Double.valueOf(rate * 100) : null;
	}

	private static String number(String format, Double value) {
		return (value != null) ? String.format(Locale.ROOT, format, value) : "-";
	}

}
