package io.github.agentresilience.actuate;

import java.util.Locale;
import java.util.Map;

import io.github.agentresilience.scorecard.ScorecardSnapshot;
import io.github.agentresilience.scorecard.Summary;
import io.github.agentresilience.scorecard.ScorecardSnapshot.LastFailure;
import io.github.agentresilience.scorecard.ScorecardSnapshot.TargetSnapshot;
import org.jspecify.annotations.Nullable;

/**
 * The scorecard as a page of tables that needs no script and nothing from elsewhere.
 */
final class ScorecardPage {

	private static final String HEAD = """
			<!doctype html>
			<html lang="en"><head><meta charset="utf-8"><title>Scorecard</title>
			<meta name="viewport" content="width=device-width, initial-scale=1">
			<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
			<style>
			:root { color-scheme: light dark; }
			body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 70rem; padding: 0 1rem; }
			.scroll { overflow-x: auto; }
			table { border-collapse: collapse; width: 100%; margin: .5rem 0 2rem; }
			th, td { padding: .35rem .7rem; border-bottom: 1px solid #8884; text-align: right; white-space: nowrap; }
			th:first-child, td:first-child, td.text { text-align: left; }
			td.text { white-space: normal; min-width: 14rem; }
			.CLOSED { color: #1a7f37; } .OPEN, .FORCED_OPEN { color: #d1242f; font-weight: 600; }
			.HALF_OPEN { color: #9a6700; }
			</style></head><body>
			""";

	private final StringBuilder html = new StringBuilder(HEAD);

	private ScorecardPage() {
	}

	static String render(ScorecardSnapshot snapshot) {
		ScorecardPage page = new ScorecardPage();
		page.html.append("<h1>Scorecard</h1><p>Since ").append(escape(snapshot.since().toString())).append("</p>");
		page.summaries(snapshot);
		snapshot.legs().forEach((layer, leg) -> page.targets(layer.id().toUpperCase(Locale.ROOT), leg.targets()));
		return page.html.append("</body></html>\n").toString();
	}

	private void summaries(ScorecardSnapshot snapshot) {
		table("Chains", "chain", "calls", "success", "fallbacks", "degraded", "p50", "p95", "p99", "incidents", "MTTR");
		summary("overall", snapshot.overall());
		snapshot.legs().forEach((layer, leg) -> {
			leg.chains().forEach((name, chain) -> summary(layer.id() + " / " + name, chain.summary()));
		});
		endTable();
	}

	private void summary(String name, Summary summary) {
		row(name, summary.calls(), percent(summary.successRate()), percent(summary.fallbackRate()), summary.degraded(),
				millis(summary.p50Ms()), millis(summary.p95Ms()), millis(summary.p99Ms()),
				summary.incidents() + (summary.openIncident() ? " (open)" : ""), millis(summary.mttrMs()));
	}

	private void targets(String leg, Map<String, TargetSnapshot> targets) {
		if (targets.isEmpty()) {
			return;
		}
		table(leg + " targets", "target", "breaker", "attempts", "failed", "skipped", "served", "p50", "p95", "outages",
				"MTTR", "last failure");
		targets.forEach((name, target) -> {
			this.html.append("<tr><td>").append(escape(name)).append("</td><td class=\"").append(escape(target.breaker()));
			this.html.append("\">").append(escape(target.breaker())).append("</td>");
			cells(target.attempts(), target.failed(), target.skipped(), target.served(), millis(target.p50Ms()),
					millis(target.p95Ms()), target.outages(), millis(target.mttrMs()));
			this.html.append("<td class=\"text\">").append(escape(failure(target.lastFailure()))).append("</td></tr>");
		});
		endTable();
	}

	private static String failure(@Nullable LastFailure failure) {
		return (failure == null) ? "" : failure.kind() + ": " + failure.message() + " (" + failure.at() + ")";
	}

	private void table(String title, String... headings) {
		this.html.append("<h2>").append(escape(title)).append("</h2><div class=\"scroll\"><table><thead><tr>");
		for (String heading : headings) {
			this.html.append("<th scope=\"col\">").append(escape(heading)).append("</th>");
		}
		this.html.append("</tr></thead><tbody>");
	}

	private void row(Object... cells) {
		this.html.append("<tr>");
		cells(cells);
		this.html.append("</tr>");
	}

	private void cells(Object... cells) {
		for (Object cell : cells) {
			this.html.append("<td>").append(escape(String.valueOf(cell))).append("</td>");
		}
	}

	private void endTable() {
		this.html.append("</tbody></table></div>");
	}

	private static String millis(@Nullable Double value) {
		return (value == null) ? "–" : String.format(Locale.ROOT, "%.1f ms", value);
	}

	private static String percent(@Nullable Double value) {
		return (value == null) ? "–" : String.format(Locale.ROOT, "%.1f %%", value * 100);
	}

	private static String escape(String text) {
		return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\"", "&quot;");
	}

}
