package io.github.agentresilience.actuate.internal;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;

import io.github.agentresilience.chaos.Chaos;
import io.github.agentresilience.support.Reply;
import io.github.agentresilience.support.ScriptedProvider;
import io.github.agentresilience.support.TestApplication;
import io.micrometer.core.instrument.MeterRegistry;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.ConfigurableApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

@ExtendWith(OutputCaptureExtension.class)
class ActuatorTests {

	private static final String KEY = "sk-actuator-secret";

	private static final ScriptedProvider primary = new ScriptedProvider();

	private static final ScriptedProvider fallback = new ScriptedProvider();

	private static ConfigurableApplicationContext context;

	private final HttpClient http = HttpClient.newHttpClient();

	@BeforeAll
	static void start() {
		context = TestApplication.runWeb(List.of("resilience.llm.targets.a.base-url=" + primary.baseUrl(),
				"resilience.llm.targets.a.api-key=" + KEY, "resilience.llm.targets.a.model=m",
				"resilience.llm.targets.b.base-url=" + fallback.baseUrl(), "resilience.llm.targets.b.api-key=" + KEY,
				"resilience.llm.targets.b.model=m", "resilience.llm.chains.default=a,b",
				"resilience.llm.retry.initial-backoff=1ms", "resilience.chaos.enabled=true",
				"management.endpoint.chaos.access=unrestricted", "management.endpoints.web.exposure.include=*",
				"management.endpoint.health.show-details=always", "management.endpoint.env.show-values=never",
				"logging.level.org.springframework.ai.chat.model.MessageAggregator=ERROR"));
	}

	@AfterAll
	static void stop() {
		context.close();
		primary.close();
		fallback.close();
	}

	@BeforeEach
	void reset() throws Exception {
		context.getBean(Chaos.class).clear();
		send("DELETE", "/scorecard", null, null);
		context.getBean(io.github.agentresilience.chain.internal.engine.ChainRegistry.class)
			.chains()
			.forEach((chain) -> chain.targets().forEach((target) -> target.breaker().reset()));
		primary.always(Reply.text("I am the primary"));
		fallback.always(Reply.text("I am the fallback"));
	}

	private HttpResponse<String> send(String method, String path, String body, String accept) throws Exception {
		HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(
				"http://127.0.0.1:" + context.getEnvironment().getProperty("local.server.port") + "/actuator" + path));
		request.method(method,
				body != null ? HttpRequest.BodyPublishers.ofString(body) : HttpRequest.BodyPublishers.noBody());
		if (body != null) {
			request.header("Content-Type", "application/json");
		}
		if (accept != null) {
			request.header("Accept", accept);
		}
		return this.http.send(request.build(), HttpResponse.BodyHandlers.ofString());
	}

	private JsonNode json(String path) throws Exception {
		HttpResponse<String> response = send("GET", path, null, null);
		assertThat(response.statusCode()).isEqualTo(200);
		return JsonMapper.shared().readTree(response.body());
	}

	private static String ask() {
		return context.getBean(ChatModel.class).call(new Prompt("hi")).getResult().getOutput().getText();
	}

	@Test
	void aFreshScorecardSaysNullWhereThereIsNothingToSay() throws Exception {
		JsonNode overall = json("/scorecard").get("overall");
		assertThat(overall.get("calls").asInt()).isZero();
		assertThat(overall.get("p50Ms").isNull()).isTrue();
		assertThat(overall.get("mttrMs").isNull()).isTrue();
		assertThat(overall.get("successRate").isNull()).isTrue();
		assertThat(overall.propertyNames()).containsExactly("calls", "succeeded", "failed", "successRate", "fallbacks",
				"fallbackRate", "p50Ms", "p95Ms", "p99Ms", "incidents", "openIncident", "mttrMs");
	}

	@Test
	void theScorecardTellsAFallbackAndItsIncident() throws Exception {
		assertThat(ask()).isEqualTo("I am the primary");
		primary.always(Reply.status(503));
		assertThat(ask()).isEqualTo("I am the fallback");
		JsonNode card = json("/scorecard");
		JsonNode summary = card.at("/llm/chains/default/summary");
		assertThat(summary.get("calls").asInt()).isEqualTo(2);
		assertThat(summary.get("succeeded").asInt()).isEqualTo(2);
		assertThat(summary.get("fallbackRate").asDouble()).isEqualTo(0.5);
		assertThat(summary.get("incidents").asInt()).isEqualTo(1);
		assertThat(summary.get("openIncident").asBoolean()).isFalse();
		assertThat(summary.get("mttrMs").asDouble()).isPositive();
		assertThat(card.at("/overall/calls").asInt()).isEqualTo(2);
		assertThat(card.at("/llm/chains/default/targets").toString()).isEqualTo("[\"a\",\"b\"]");
		JsonNode a = card.at("/llm/targets/a");
		assertThat(a.propertyNames()).containsExactly("model", "breaker", "attempts", "succeeded", "failed",
				"unacceptable", "skipped", "served", "p50Ms", "p95Ms", "outages", "mttrMs", "lastFailure",
				"failedByKind", "spend");
		assertThat(a.get("attempts").asInt()).isEqualTo(3);
		assertThat(a.get("failed").asInt()).isEqualTo(2);
		assertThat(a.get("outages").asInt()).isEqualTo(1);
		assertThat(a.at("/lastFailure/kind").asString()).isEqualTo("transient");
		assertThat(a.at("/lastFailure/message").asString()).startsWith("503");
		assertThat(card.at("/llm/targets/b/served").asInt()).isEqualTo(1);
		assertThat(card.at("/mcp/summary/toolErrors").asInt()).isZero();
		send("DELETE", "/scorecard", null, null);
		assertThat(json("/scorecard").at("/overall/calls").asInt()).isZero();
	}

	@Test
	void aBrowserGetsThePageAndOthersGetJson() throws Exception {
		String browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
		assertThat(send("GET", "/scorecard", null, browser).headers().firstValue("content-type").orElse(""))
			.startsWith("text/html");
		assertThat(send("GET", "/scorecard?format=html", null, null).body()).contains("<h1>Scorecard</h1>");
		assertThat(send("GET", "/scorecard", null, "*/*").body()).startsWith("{");
		assertThat(send("GET", "/scorecard", null, "application/json").body()).startsWith("{");
		HttpResponse<String> bad = send("GET", "/scorecard?format=xml", null, null);
		assertThat(bad.statusCode()).isEqualTo(400);
		assertThat(bad.body()).contains("format");
	}

	@Test
	void aBurstIsInjectedListedCountedAndOver() throws Exception {
		HttpResponse<String> injected = send("POST", "/chaos",
				"{\"fault\":\"burst\",\"layer\":\"llm\",\"target\":\"a\",\"count\":2}", null);
		assertThat(injected.statusCode()).isEqualTo(200);
		JsonNode fault = JsonMapper.shared().readTree(injected.body());
		assertThat(fault.get("id").asString()).isNotBlank();
		assertThat(fault.get("status").asInt()).isEqualTo(503);
		assertThat(fault.get("ttl").asString()).isEqualTo("60s");
		assertThat(json("/chaos")).hasSize(1);
		assertThat(ask()).isEqualTo("I am the fallback");
		assertThat(json("/chaos")).isEmpty();
		assertThat(ask()).isEqualTo("I am the primary");
	}

	@Test
	void aFaultIsTakenAwayById() throws Exception {
		String id = JsonMapper.shared()
			.readTree(send("POST", "/chaos", "{\"fault\":\"random\",\"rate\":1,\"layer\":\"llm\"}", null).body())
			.get("id")
			.asString();
		assertThatThrownBy(ActuatorTests::ask).hasMessageContaining("of the llm chain");
		assertThat(send("DELETE", "/chaos/" + id, null, null).statusCode()).isEqualTo(204);
		assertThat(send("DELETE", "/chaos/" + id, null, null).statusCode()).isEqualTo(404);
		assertThat(ask()).isNotBlank();
		assertThat(send("DELETE", "/chaos", null, null).statusCode()).isEqualTo(204);
	}

	@Test
	void aRateLimitLeavesTheTargetAlone() throws Exception {
		send("POST", "/chaos", "{\"fault\":\"rate-limit\",\"target\":\"a\",\"retryAfter\":\"300ms\",\"count\":1}",
				null);
		int asked = primary.requestCount();
		assertThat(ask()).isEqualTo("I am the fallback");
		assertThat(ask()).isEqualTo("I am the fallback");
		assertThat(primary.requestCount()).isEqualTo(asked);
		org.awaitility.Awaitility.await().until(() -> ask().equals("I am the primary"));
	}

	@Test
	void aCutStreamIsInjected() throws Exception {
		send("POST", "/chaos", "{\"fault\":\"stream-cut\",\"target\":\"a\",\"afterChunks\":3,\"count\":1}", null);
		assertThat(ask()).isEqualTo("I am the primary");
		assertThatThrownBy(() -> context.getBean(ChatModel.class).stream(new Prompt("hi")).blockLast())
			.isInstanceOf(io.github.agentresilience.chain.StreamInterruptedException.class);
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
			{"layer":"llm"}                                              | fault
			{"fault":"flood","layer":"llm"}                              | fault
			{"fault":"burst"}                                            | layer
			{"fault":"burst","layer":"tcp"}                              | layer
			{"fault":"burst","layer":"llm","target":"unknown"}            | target
			{"fault":"burst","layer":"llm","count":"many"}               | count
			{"fault":"burst","layer":"llm","count":0}                    | count
			{"fault":"burst","layer":"llm","status":200}                 | status
			{"fault":"burst","layer":"llm","rate":0.5}                   | rate
			{"fault":"burst","layer":"llm","cuont":3}                    | cuont
			{"fault":"random","layer":"llm"}                             | rate
			{"fault":"random","layer":"llm","rate":1.5}                  | rate
			{"fault":"random","layer":"llm","rate":"NaN"}                | rate
			{"fault":"brownout","layer":"llm","latency":"long"}          | latency
			{"fault":"brownout","layer":"llm","latency":"-2s"}           | latency
			{"fault":"brownout","layer":"llm","latency":"300000d"}       | latency
			{"fault":"brownout","layer":"llm","latency":"61m"}           | latency
			{"fault":"brownout","layer":"llm","jitter":"300000d"}        | jitter
			{"fault":"rate-limit","retryAfter":"2h"}                     | retryAfter
			{"fault":"burst","layer":"llm","ttl":"2h"}                   | ttl
			{"fault":"burst","layer":"llm","ttl":"0s"}                   | ttl
			{"fault":"rate-limit","layer":"mcp"}                         | layer
			{"fault":"stream-cut","afterChunks":-1}                      | afterChunks
			{"fault":"mcp-tool","layer":"llm"}                           | layer
			{"fault":"session-loss","layer":"llm"}                       | layer
			{"fault":"malformed","layer":"mcp"}                          | layer
			{"fault":"empty","count":0}                                  | count
			{"fault":"truncated","afterChunks":2}                        | afterChunks
			{"fault":"slow-drip","interval":"soon"}                      | interval
			{"fault":"slow-drip","interval":"2h"}                        | interval
			{"fault":"reset","afterChunks":-1}                           | afterChunks
			{"fault":"expired-credentials","status":403}                 | status
			{"fault":"refuse-history","tool":"search"}                   | tool
			{"fault":"session-loss","tool":"search"}                     | tool
			{"fault":"stale","tool":" "}                                 | tool
			{"fault":"schema-drift","count":-1}                          | count
			""")
	void aBadFaultIsRefusedByNameAndNothingIsChanged(String body, String field) throws Exception {
		HttpResponse<String> response = send("POST", "/chaos", body, null);
		assertThat(response.statusCode()).isEqualTo(400);
		JsonNode json = JsonMapper.shared().readTree(response.body());
		assertThat(json.get("field").asString()).isEqualTo(field);
		assertThat(json.get("error").asString()).contains("'" + field + "'");
		assertThat(json("/chaos")).isEmpty();
	}

	@ParameterizedTest
	@ValueSource(strings = { "{\"is\":3}", "[1,2]" })
	void aFieldOfManyValuesIsRefusedAndNothingIsChanged(String count) throws Exception {
		String body = "{\"fault\":\"burst\",\"layer\":\"llm\",\"count\":" + count + "}";
		assertThat(send("POST", "/chaos", body, null).statusCode()).isEqualTo(400);
		assertThat(json("/chaos")).isEmpty();
	}

	@Test
	void breakersAreWhereEverybodyLooksForThem() throws Exception {
		ask();
		assertThat(json("/circuitbreakers").at("/circuitBreakers").propertyNames()).contains("llm-a", "llm-b");
		assertThat(context.getBean(MeterRegistry.class)
			.find("resilience4j.circuitbreaker.state")
			.tag("name", "llm-a")
			.gauges()).isNotEmpty();
	}

	@Test
	void callsAndAttemptsAreTimed() {
		primary.always(Reply.status(503));
		ask();
		MeterRegistry meters = context.getBean(MeterRegistry.class);
		assertThat(meters.get("resilience.call")
			.tags("layer", "llm", "chain", "default", "target", "b", "outcome", "answered")
			.timer()
			.count()).isPositive();
		assertThat(meters.get("resilience.attempt")
			.tags("layer", "llm", "target", "a", "outcome", "failure", "kind", "transient")
			.timer()
			.count()).isPositive();
	}

	@Test
	void healthIsOutOfServiceWhenAChainHasNoTargetLeft() throws Exception {
		assertThat(json("/health").at("/components/resilience/status").asString()).isEqualTo("UP");
		context.getBean(io.github.agentresilience.chain.internal.engine.ChainRegistry.class)
			.targets(io.github.agentresilience.chain.Layer.LLM)
			.forEach((target) -> target.breaker().transitionToOpenState());
		HttpResponse<String> health = send("GET", "/health", null, null);
		assertThat(health.statusCode()).isEqualTo(503);
		assertThat(JsonMapper.shared().readTree(health.body()).at("/components/resilience/status").asString())
			.isEqualTo("OUT_OF_SERVICE");
	}

	@Test
	void noKeyIsInAnyAnswerOrLog(CapturedOutput output) throws Exception {
		primary.always(Reply.error(401, "auth", "invalid_api_key", "Incorrect key " + KEY));
		ask();
		context.getBean(ChatModel.class).stream(new Prompt("hi")).blockLast();
		primary.always(Reply.raw(200, "text/event-stream",
				"data: {\"error\":{\"message\":\"Incorrect key " + KEY + "\",\"type\":\"auth\"}}\n\n"));
		assertThat(context.getBean(ChatModel.class).stream(new Prompt("hi")).blockLast()).isNotNull();
		assertThat(output.getAll()).contains("Incorrect key ***");
		for (String path : List.of("/scorecard", "/scorecard?format=html", "/chaos", "/circuitbreakers",
				"/circuitbreakerevents", "/health", "/configprops", "/env", "/beans", "/metrics", "/conditions")) {
			assertThat(send("GET", path, null, null).body()).as(path).doesNotContain(KEY);
		}
		assertThat(output.getAll()).doesNotContain(KEY);
	}

}
