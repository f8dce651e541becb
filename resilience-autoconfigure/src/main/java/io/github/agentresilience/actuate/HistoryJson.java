package io.github.agentresilience.actuate;

import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import io.github.agentresilience.chain.Layer;
import io.github.agentresilience.scorecard.History;
import io.github.agentresilience.scorecard.HistoryEvent;
import io.github.agentresilience.scorecard.HistoryEvent.BreakerChange;
import io.github.agentresilience.scorecard.HistoryEvent.IncidentGroup;
import io.github.agentresilience.scorecard.Slice;
import org.jspecify.annotations.Nullable;

/**
 * The history as JSON.
 */
final class HistoryJson {

	private HistoryJson() {
	}

	static Map<String, Object> of(History history, Duration span) {
		Instant now = history.now();
		Instant from = now.minus(span);
		Map<String, Object> json = new LinkedHashMap<>();
		json.put("now", now.toString());
		json.put("spanMs", span.toMillis());
		json.put("sliceMs", History.SLICE.toMillis());
		for (Layer layer : Layer.values()) {
			json.put(layer.id(), leg(history.slices(layer, from)));
		}
		json.put("events", history.events(from).stream().map(HistoryJson::event).toList());
		return json;
	}

	private static Map<String, Object> leg(List<Slice> slices) {
		long answered = slices.stream().mapToLong(Slice::answered).sum();
		long failed = slices.stream().mapToLong(Slice::failed).sum();
		List<@Nullable Double> percentiles = Slice.percentilesMs(slices, 50, 95);
		Map<String, Object> json = new LinkedHashMap<>();
		json.put("calls", answered + failed);
		json.put("succeeded", answered);
		json.put("failed", failed);
		json.put("p50Ms", ScorecardJson.millis(percentiles.get(0)));
		json.put("p95Ms", ScorecardJson.millis(percentiles.get(1)));
		json.put("slices", slices.stream().map(HistoryJson::slice).toList());
		return json;
	}

	private static Map<String, Object> slice(Slice slice) {
		Map<String, Object> json = new LinkedHashMap<>();
		json.put("at", slice.from().toString());
		json.put("succeeded", slice.answered());
		json.put("failed", slice.failed());
		json.put("p50Ms", ScorecardJson.millis(slice.p50Ms()));
		json.put("p95Ms", ScorecardJson.millis(slice.p95Ms()));
		json.put("served", slice.served());
		return json;
	}

	private static Map<String, Object> event(HistoryEvent event) {
		Map<String, Object> json = new LinkedHashMap<>();
		json.put("at", event.at().toString());
		json.put("layer", event.layer().id());
		if (event instanceof BreakerChange change) {
			json.put("type", "breaker");
			json.put("subject", change.target());
			json.put("from", change.from());
			json.put("state", change.to());
		}
		else if (event instanceof IncidentGroup incidents) {
			json.put("type", "incidents");
			json.put("subject", incidents.chain());
			json.put("until", (incidents.until() == null) ? null : incidents.until().toString());
			json.put("count", incidents.count());
			json.put("totalMs", ScorecardJson.millis(incidents.totalMs()));
			json.put("longestMs", ScorecardJson.millis(incidents.longestMs()));
		}
		return json;
	}

}
