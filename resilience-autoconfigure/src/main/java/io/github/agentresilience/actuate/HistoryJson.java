package io.github.agentresilience.actuate;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

import io.github.agentresilience.chain.Layer;
import io.github.agentresilience.scorecard.History;
import io.github.agentresilience.scorecard.HistoryEvent;
import io.github.agentresilience.scorecard.Slice;

/**
 * The history as JSON.
 */
final class HistoryJson {

	private HistoryJson() {
	}

	static Map<String, Object> of(History history, Duration span) {
		Map<String, Object> json = new LinkedHashMap<>();
		json.put("spanMs", span.toMillis());
		json.put("sliceMs", History.SLICE.toMillis());
		for (Layer layer : Layer.values()) {
			json.put(layer.id(), leg(history.slices(layer, span)));
		}
		json.put("events", history.events(span).stream().map(HistoryJson::event).toList());
		return json;
	}

	private static Map<String, Object> leg(List<Slice> slices) {
		long answered = slices.stream().mapToLong(Slice::answered).sum();
		long failed = slices.stream().mapToLong(Slice::failed).sum();
		Map<String, Object> json = new LinkedHashMap<>();
		json.put("calls", answered + failed);
		json.put("succeeded", answered);
		json.put("failed", failed);
		json.put("p50Ms", ScorecardJson.millis(Slice.percentileMs(slices, 50)));
		json.put("p95Ms", ScorecardJson.millis(Slice.percentileMs(slices, 95)));
		json.put("slices", slices.stream().map(HistoryJson::slice).toList());
		return json;
	}

	private static Map<String, Object> slice(Slice slice) {
		Map<String, Object> json = new LinkedHashMap<>();
		json.put("at", slice.from().toString());
		json.put("succeeded", slice.answered());
		json.put("failed", slice.failed());
		json.put("p50Ms", ScorecardJson.millis(slice.percentileMs(50)));
		json.put("p95Ms", ScorecardJson.millis(slice.percentileMs(95)));
		json.put("served", slice.served());
		return json;
	}

	private static Map<String, Object> event(HistoryEvent event) {
		Map<String, Object> json = new LinkedHashMap<>();
		json.put("at", event.at().toString());
		json.put("layer", event.layer().id());
		json.put("type", event.type().name().toLowerCase(Locale.ROOT).replace('_', '-'));
		json.put("subject", event.subject());
		if (event.type() == HistoryEvent.Type.BREAKER) {
			json.put("state", event.detail());
		}
		if (event.type() == HistoryEvent.Type.INCIDENT_ENDED) {
			json.put("durationMs", ScorecardJson.millis(event.durationMs()));
		}
		return json;
	}

}
