package io.github.agentresilience.sample.scenario;

import java.io.PrintStream;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToLongFunction;

import io.github.agentresilience.chain.Layer;
import io.github.agentresilience.sample.operator.ScorecardAnswer;
import io.github.agentresilience.sample.operator.ScorecardAnswer.Figures;
import io.github.agentresilience.sample.operator.ScorecardAnswer.Summary;
import io.github.agentresilience.sample.operator.ScorecardAnswer.Target;

/**
 * Prints the sums of the scorecards of all scenarios.
 */
final class FinalScorecard {

	private final PrintStream out;

	FinalScorecard(PrintStream out) {
		this.out = out;
	}

	void print(List<ScorecardAnswer> scorecards) {
		this.out.println("Scorecard over all scenarios");
		for (Layer layer : Layer.values()) {
			List<Figures> figures = scorecards.stream().map((each) -> each.of(layer)).toList();
			summary(layer.id(), figures.stream().map(Figures::summary).toList());
			Map<String, Target> targets = new LinkedHashMap<>();
			figures
				.forEach((each) -> each.targets().forEach((name, target) -> targets.merge(name, target, Target::plus)));
			targets.forEach((name, target) -> this.out.printf(
					"    %-14s %-9s attempts %4d  failed %3d  skipped %4d  served %4d  outages %2d%n", name,
					target.breaker(), target.attempts(), target.failed(), target.skipped(), target.served(),
					target.outages()));
		}
	}

	private void summary(String name, List<Summary> all) {
		long calls = sum(all, Summary::calls);
		long succeeded = sum(all, Summary::succeeded);
		this.out.printf(Locale.ROOT, "  %-8s calls %4d  success %s  fallback %s  incidents %d%n", name, calls,
				percent(succeeded, calls), percent(sum(all, Summary::fallbacks), succeeded),
				sum(all, Summary::incidents));
	}

	private static long sum(List<Summary> all, ToLongFunction<Summary> figure) {
		return all.stream().mapToLong(figure).sum();
	}

	private static String percent(long part, long whole) {
		return (whole > 0) ? String.format(Locale.ROOT, "%.1f %%", 100.0 * part / whole) : "-";
	}

}
