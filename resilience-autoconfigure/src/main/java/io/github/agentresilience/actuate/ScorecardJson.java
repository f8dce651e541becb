package io.github.agentresilience.actuate;

import java.util.LinkedHashMap;
import java.util.Map;

import io.github.agentresilience.chain.Layer;
import io.github.agentresilience.scorecard.ScorecardSnapshot;
import io.github.agentresilience.scorecard.Summary;
import io.github.agentresilience.scorecard.ScorecardSnapshot.LastFailure;
import io.github.agentresilience.scorecard.ScorecardSnapshot.TargetSnapshot;
import org.jspecify.annotations.Nullable;

/**
 * The scorecard as JSON: milliseconds to a hundredth, rates to four places, {@code null} where there is nothing to
 * say yet.
 */
final class ScorecardJson {

	private ScorecardJson() {
	}

	static Map<String, Object> of(ScorecardSnapshot snapshot) {
		Map<String, Object> json = new LinkedHashMap<>();
		json.put("since", snapshot.since().toString());
		json.put("overall", summary(snapshot.overall(), null));
		snapshot.legs().forEach((layer, leg) -> json.put(layer.id(), leg(leg, layer)));
		return json;
	}

	private static Map<String, Object> leg(ScorecardSnapshot.Leg leg, Layer layer) {
		Map<String, Object> chains = new LinkedHashMap<>();
		leg.chains().forEach((name, chain) -> {
			Map<String, Object> json = new LinkedHashMap<>();
			json.put("summary", summary(chain.summary(), layer));
			json.put("targets", chain.targets());
			json.put("available", chain.available());
			chains.put(name, json);
		});
		Map<String, Object> targets = new LinkedHashMap<>();
		leg.targets().forEach((name, target) -> targets.put(name, target(target)));
		Map<String, Object> json = new LinkedHashMap<>();
		json.put("summary", summary(leg.summary(), layer));
		json.put("chains", chains);
		json.put("targets", targets);
		return json;
	}

	/** Only MCP has tools that err, and only the LLM leg has a last resort. */
	private static Map<String, Object> summary(Summary summary, @Nullable Layer layer) {
		Map<String, Object> json = new LinkedHashMap<>();
		json.put("calls", summary.calls());
		json.put("succeeded", summary.succeeded());
		json.put("failed", summary.failed());
		json.put("successRate", rate(summary.successRate()));
		if (layer == Layer.MCP) {
			json.put("toolErrors", summary.toolErrors());
		}
		json.put("fallbacks", summary.fallbacks());
		json.put("fallbackRate", rate(summary.fallbackRate()));
		if (layer == Layer.LLM) {
			json.put("degraded", summary.degraded());
		}
		json.put("p50Ms", millis(summary.p50Ms()));
		json.put("p95Ms", millis(summary.p95Ms()));
		json.put("p99Ms", millis(summary.p99Ms()));
		json.put("incidents", summary.incidents());
		json.put("openIncident", summary.openIncident());
		json.put("mttrMs", millis(summary.mttrMs()));
		return json;
	}

	private static Map<String, Object> target(TargetSnapshot target) {
		Map<String, Object> json = new LinkedHashMap<>();
		json.put("breaker", target.breaker());
		json.put("attempts", target.attempts());
		json.put("succeeded", target.succeeded());
		json.put("failed", target.failed());
		json.put("skipped", target.skipped());
		json.put("served", target.served());
		json.put("p50Ms", millis(target.p50Ms()));
		json.put("p95Ms", millis(target.p95Ms()));
		json.put("outages", target.outages());
		json.put("mttrMs", millis(target.mttrMs()));
		json.put("lastFailure", lastFailure(target.lastFailure()));
		return json;
	}

	private static @Nullable Map<String, Object> lastFailure(@Nullable LastFailure failure) {
		if (failure == null) {
			return null;
		}
		Map<String, Object> json = new LinkedHashMap<>();
		json.put("at", failure.at().toString());
		json.put("kind", failure.kind());
		json.put("message", failure.message());
		return json;
	}

	static @Nullable Double millis(@Nullable Double value) {
		return (value == null) ? null : Math.round(value * 100) / 100.0;
	}

	static @Nullable Double rate(@Nullable Double value) {
		return (value == null) ? null : Math.round(value * 10_000) / 10_000.0;
	}

}
