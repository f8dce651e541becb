package io.github.agentresilience.scorecard;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

import io.github.agentresilience.actuate.PageControls;
import io.github.agentresilience.actuate.ScorecardEndpoint;
import io.github.agentresilience.actuate.ScorecardFormat;
import io.github.agentresilience.chain.Layer;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * An hour in which both legs were busy and broken all the time.
 */
class FullHourTests {

	private static final Map<Layer, List<String>> TARGETS = Map.of(Layer.LLM,
			List.of("gateway-8b", "gateway-70b", "raw-groq-8b"), Layer.MCP, List.of("mcp-primary", "mcp-fallback"));

	private final SteppedClock clock = new SteppedClock();

	private final Scorecard scorecard = new Scorecard(Duration.ofMinutes(10), this.clock::nanoTime, this.clock);

	private final ScorecardEndpoint endpoint = new ScorecardEndpoint(this.scorecard, () -> PageControls.NONE);

	private String get(ScorecardFormat format, String since) {
		Object body = this.endpoint.scorecard(format, null, since).getBody();
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
				LegHistory leg = history.leg(layer);
				List<String> targets = TARGETS.get(layer);
				for (int call = 0; call < 200; call++) {
					leg.answered((long) (1_000_000 * Math.pow(30_000, random.nextDouble())));
					leg.servedBy(targets.get(random.nextInt(targets.size()))).increment();
				}
				leg.failed();
				history.breaker(layer, targets.get(0)).changed("OPEN", "HALF_OPEN");
				history.breaker(layer, targets.get(0)).changed("HALF_OPEN", "OPEN");
				incidents.get(layer).ended(Duration.ofMillis(1 + random.nextInt(3_000)).toNanos());
				incidents.get(layer).ended(Duration.ofMillis(1 + random.nextInt(3_000)).toNanos());
			}
			this.clock.pass(History.SLICE.plusMillis(random.nextInt(3)));
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
