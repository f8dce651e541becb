package io.github.agentresilience.scorecard.internal;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

import io.github.agentresilience.actuate.internal.PageControls;
import io.github.agentresilience.actuate.internal.ScorecardEndpoint;
import io.github.agentresilience.actuate.internal.TargetSetup;
import io.github.agentresilience.actuate.internal.ScorecardFormat;
import io.github.agentresilience.chain.Layer;
import io.github.agentresilience.support.ManualTime;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * An hour in which both layers were busy and broken all the time.
 */
class FullHourTests {

	private static final Map<Layer, List<String>> TARGETS = Map.of(Layer.LLM,
			List.of("gateway-8b", "gateway-70b", "raw-groq-8b"), Layer.MCP, List.of("mcp-primary", "mcp-fallback"));

	private final ManualTime time = ManualTime.standing(Instant.EPOCH);

	private final Scorecard scorecard = new Scorecard(Duration.ofMinutes(10), this.time);

	private final ScorecardEndpoint endpoint = new ScorecardEndpoint(this.scorecard, () -> TargetSetup.NONE,
			() -> PageControls.NONE, () -> null);

	private String get(ScorecardFormat format, String since) {
		Object body = this.endpoint.scorecard(format, null, since, null, null).getBody();
		return (body instanceof String html) ? html : JsonMapper.shared().writeValueAsString(body);
	}

	private void anHourPasses() {
		History history = this.scorecard.history();
		Random random = new Random(1);
		Map<Layer, IncidentHistory> incidents = new EnumMap<>(Layer.class);
		for (Layer layer : Layer.values()) {
			incidents.put(layer, history.incidents(layer, "default", new Incidents()));
		}
		for (int slice = 0; slice < 400; slice++) {
			for (Layer layer : Layer.values()) {
				LayerHistory recorded = history.layer(layer);
				List<String> targets = TARGETS.get(layer);
				for (int call = 0; call < 200; call++) {
					recorded.answered((long) (1_000_000 * Math.pow(30_000, random.nextDouble())));
					recorded.servedBy(targets.get(random.nextInt(targets.size()))).increment();
				}
				recorded.failed();
				history.breaker(layer, targets.get(0)).changed("OPEN", "HALF_OPEN", false);
				history.breaker(layer, targets.get(0)).changed("HALF_OPEN", "OPEN", false);
				incidents.get(layer).ended(Duration.ofMillis(1 + random.nextInt(3_000)).toNanos());
				incidents.get(layer).ended(Duration.ofMillis(1 + random.nextInt(3_000)).toNanos());
			}
			this.time.advance(History.SLICE.plusMillis(random.nextInt(3)));
		}
	}

	@Test
	void thePageIsUnder150KilobytesInAll() {
		anHourPasses();
		String html = get(ScorecardFormat.HTML, null);
		assertThat(html).contains("\"names\":[\"gateway-70b\",\"gateway-8b\",\"raw-groq-8b\"]");
		// Five targets and two chains in the tables are 2 KB
		assertThat(html.getBytes(StandardCharsets.UTF_8).length).isLessThan(148_000);
	}

	@Test
	void whatThePageAsksForAfterwardsIsSmall() {
		anHourPasses();
		String half = get(ScorecardFormat.JSON, "30s");
		assertThat(half.length()).isLessThan(8_000);
		JsonNode history = JsonMapper.shared().readTree(half).get("history");
		assertThat(history.at("/llm/slices").size()).isBetween(3, 4);
		assertThat(history.at("/llm/succeeded").asInt()).isEqualTo(200 * history.at("/llm/slices").size());
	}

}
