package io.github.agentresilience.actuate.internal;

import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;

import io.github.agentresilience.support.Reply;
import io.github.agentresilience.support.ScriptedProvider;
import io.github.agentresilience.support.TestApplication;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.context.ConfigurableApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The history over HTTP.
 */
class ScorecardHistoryTests {

	private static final ScriptedProvider primary = new ScriptedProvider();

	private static final ScriptedProvider fallback = new ScriptedProvider();

	private static ConfigurableApplicationContext context;

	@BeforeAll
	static void start() {
		context = TestApplication.runWeb(
				List.of("resilience.llm.targets.a.base-url=" + primary.baseUrl(), "resilience.llm.targets.a.model=m",
						"resilience.llm.targets.b.base-url=" + fallback.baseUrl(), "resilience.llm.targets.b.model=m",
						"resilience.llm.chains.default=a,b", "resilience.llm.retry.initial-backoff=1ms",
						"management.endpoints.web.exposure.include=scorecard,resilience"));
	}

	@AfterAll
	static void stop() {
		context.close();
		primary.close();
		fallback.close();
	}

	private static HttpResponse<String> send(HttpRequest.Builder request, String path) throws Exception {
		return HttpClient.newHttpClient()
			.send(request.uri(URI.create("http://127.0.0.1:" + context.getEnvironment().getProperty("local.server.port")
					+ "/actuator" + path))
				.build(), HttpResponse.BodyHandlers.ofString());
	}

	private static HttpResponse<String> since(String span) throws Exception {
		return send(HttpRequest.newBuilder(), "/scorecard?since=" + URLEncoder.encode(span, StandardCharsets.UTF_8));
	}

	@Test
	void theHistoryHoldsSlicesBreakersAndIncidents() throws Exception {
		primary.always(Reply.status(503));
		context.getBean(ChatModel.class).call(new Prompt("hi"));
		send(HttpRequest.newBuilder()
			.header("Content-Type", "application/json")
			.POST(HttpRequest.BodyPublishers.ofString("{\"state\":\"FORCED_OPEN\"}")), "/resilience/a");
		JsonNode card = JsonMapper.shared().readTree(since("5m").body());
		assertThat(card.propertyNames()).containsExactly("since", "overall", "llm", "mcp", "history");
		assertThat(card.at("/llm/chains/default/available").asBoolean()).isTrue();
		JsonNode history = card.get("history");
		assertThat(history.propertyNames()).containsExactly("now", "spanMs", "sliceMs", "llm", "mcp", "events");
		assertThat(Instant.parse(history.get("now").asString()))
			.isAfterOrEqualTo(Instant.parse(card.get("since").asString()));
		assertThat(history.get("spanMs").asLong()).isEqualTo(300_000);
		assertThat(history.get("sliceMs").asLong()).isEqualTo(10_000);
		assertThat(history.get("llm").propertyNames()).containsExactly("calls", "succeeded", "failed", "p50Ms", "p95Ms",
				"slices");
		JsonNode slice = history.at("/llm/slices/0");
		assertThat(slice.propertyNames()).containsExactly("at", "succeeded", "failed", "p50Ms", "p95Ms", "served");
		assertThat(slice.get("succeeded").asInt()).isEqualTo(1);
		assertThat(slice.get("p95Ms").asDouble()).isPositive();
		assertThat(history.at("/mcp/slices").isEmpty()).isTrue();
		assertThat(history.get("events")).hasSize(2);
		JsonNode incidents = history.at("/events/0");
		assertThat(incidents.propertyNames()).containsExactly("at", "layer", "type", "subject", "until", "count",
				"totalMs", "longestMs");
		assertThat(incidents.get("type").asString()).isEqualTo("incidents");
		assertThat(incidents.get("subject").asString()).isEqualTo("default");
		assertThat(incidents.get("count").asInt()).isEqualTo(1);
		JsonNode breaker = history.at("/events/1");
		assertThat(breaker.propertyNames()).containsExactly("at", "layer", "type", "subject", "from", "state");
		assertThat(breaker.get("subject").asString()).isEqualTo("a");
		assertThat(breaker.get("from").asString()).isEqualTo("CLOSED");
		assertThat(breaker.get("state").asString()).isEqualTo("FORCED_OPEN");
	}

	@ParameterizedTest
	@ValueSource(strings = { "1h", "60m", "PT5M", "500ms", " 10s " })
	void aSpanUpToAnHourIsAnswered(String span) throws Exception {
		HttpResponse<String> response = since(span);
		assertThat(response.statusCode()).isEqualTo(200);
		assertThat(JsonMapper.shared().readTree(response.body()).has("history")).isTrue();
	}

	@ParameterizedTest
	@ValueSource(strings = { "0s", "-5m", "2h", "61m", "abc", "30", "-30", "5 m", "99999999999999999999s", " " })
	void aBadSpanIsRefusedByName(String span) throws Exception {
		HttpResponse<String> response = since(span);
		assertThat(response.statusCode()).isEqualTo(400);
		JsonNode json = JsonMapper.shared().readTree(response.body());
		assertThat(json.get("field").asString()).isEqualTo("since");
		assertThat(json.get("error").asString()).contains("'since'", "5m", "1h");
	}

}
