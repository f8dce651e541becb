package io.github.agentresilience.sample.tour;

import java.io.PrintStream;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import io.github.agentresilience.chain.Layer;
import io.github.agentresilience.sample.operator.ScorecardAnswer.Summary;
import io.github.agentresilience.sample.operator.ScorecardAnswer.Target;

/**
 * Says of each step what is done, what to look at, and what was seen.
 */
final class StepReport {

	private final PrintStream out;

	StepReport(PrintStream out) {
		this.out = out;
	}

	void before(Step step, int number, int of) {
		this.out.printf("%nStep %d of %d: %s%n  %s%n  Look at: %s%n", number, of, step.title(), step.before(),
				step.lookAt());
		this.out.flush();
	}

	void after(Step step, Observed seen) {
		long right = seen.answers().stream().filter(Answered::right).count();
		line("Seen: %d questions, %d answered rightly. Slowest answers: %s.", seen.answers().size(), right,
				slowest(step, seen));
		Summary summary = seen.summary(step.layer());
		line("%s: success rate %s, fallback rate %s, p95 %s, MTTR %s.", step.layer().id().toUpperCase(Locale.ROOT),
				percent(summary.successRate()), percent(summary.fallbackRate()), millis(summary.p95Ms()),
				millis(summary.mttrMs()));
		line("Who served: %s.", served(step.layer(), seen));
		Stream.of(Layer.values())
			.flatMap((layer) -> seen.targets(layer).entrySet().stream())
			.filter((target) -> target.getValue().failed() + target.getValue().skipped() > 0)
			.forEach((target) -> line("%s", troubled(target.getKey(), target.getValue())));
		step.claims().forEach((claim) -> line("  [%s] %s", claim.holds().test(seen) ? "x" : " ", claim.text()));
	}

	void end(List<Step> shown, List<Step> all) {
		this.out.printf("%n%d of %d steps have shown what they are for.%n", shown.size(), all.size());
		all.stream()
			.filter((step) -> !shown.contains(step))
			.forEach((step) -> this.out.printf("Not shown: %s%n", step.title()));
	}

	private void line(String format, Object... arguments) {
		this.out.printf("  " + format + "%n", arguments);
	}

	private static String slowest(Step step, Observed seen) {
		return step.asked()
			.stream()
			.map((question) -> seen.answers()
				.stream()
				.filter((answered) -> answered.question() == question)
				.max(Comparator.comparingLong(Answered::millis))
				.map((answered) -> answered.millis() + " ms (\"" + question.text() + "\")")
				.orElse(null))
			.filter(Objects::nonNull)
			.collect(Collectors.joining(", "));
	}

	private static String served(Layer layer, Observed seen) {
		return seen.targets(layer)
			.entrySet()
			.stream()
			.filter((target) -> target.getValue().served() > 0)
			.map((target) -> target.getKey() + " " + percent(seen.shareOf(layer, target.getKey())))
			.collect(Collectors.joining(", "));
	}

	private static String troubled(String name, Target target) {
		String kinds = (target.failedByKind() != null) ? target.failedByKind()
			.entrySet()
			.stream()
			.map(Map.Entry<String, Long>::toString)
			.collect(Collectors.joining(", ", " (", ")")) : "";
		return name + ": breaker " + target.breaker() + ", failed attempts " + target.failed() + kinds + ", skipped "
				+ target.skipped() + ".";
	}

	private static String percent(Double rate) {
		return (rate != null) ? String.format(Locale.ROOT, "%.1f %%", 100 * rate) : "-";
	}

	private static String millis(Double millis) {
		return (millis != null) ? String.format(Locale.ROOT, "%.0f ms", millis) : "-";
	}

}
