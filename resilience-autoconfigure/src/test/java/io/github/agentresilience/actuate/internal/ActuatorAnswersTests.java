package io.github.agentresilience.actuate.internal;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import io.github.agentresilience.chain.ChainExhaustedException;
import io.github.agentresilience.support.McpTestServer;
import io.github.agentresilience.support.Reply;
import io.github.agentresilience.support.ScriptedProvider;
import io.github.agentresilience.support.TestApplication;
import io.modelcontextprotocol.client.McpSyncClient;
import io.modelcontextprotocol.spec.McpSchema.CallToolRequest;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.context.ConfigurableApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/**
 * Every answer of the endpoints to the byte: its keys, their order, and where there is
 * {@code null}. What differs from run to run, such as times, is put into brackets.
 */
@Timeout(90)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class ActuatorAnswersTests {

	private static final String OUTAGE = "resilience.chaos.experiments.outage.";

	private static final String IDLE = "resilience.chaos.experiments.idle.";

	/** What differs from run to run, in this order. */
	private static final List<Map.Entry<Pattern, String>> VARYING = List.of(
			Map.entry(Pattern.compile("\"\\d{4}-\\d\\d-\\d\\dT[\\d:.]+Z\""), "\"<time>\""),
			Map.entry(
					Pattern.compile(
							"(\"(?:p\\d\\dMs|mttrMs|totalMs|longestMs|longestOutageMs)\":)\\d+\\.\\d{1,2}(?=[,}])"),
					"$1\"<ms>\""),
			Map.entry(Pattern.compile("(\"probes\":)[1-9]\\d*"), "$1\"<count>\""),
			Map.entry(Pattern.compile("(\"id\":)\"[^\"]+\""), "$1\"<id>\""),
			// One where the calls fell into the same ten seconds
			Map.entry(Pattern
				.compile("(\\{\"at\":\"<time>\",\"succeeded\":\\d+,\"failed\":\\d+,\"p50Ms\":(\"<ms>\"|null),"
						+ "\"p95Ms\":(\"<ms>\"|null),\"served\":\\{[^}]*}},?)+"),
					"\"<slices>\""));

	private static final ScriptedProvider primary = new ScriptedProvider();

	private static final ScriptedProvider fallback = new ScriptedProvider();

	private static final McpTestServer server = new McpTestServer("one");

	private static final HttpClient http = HttpClient.newHttpClient();

	private static ConfigurableApplicationContext context;

	@BeforeAll
	static void start() throws Exception {
		primary.then(Reply.status(503)).then(Reply.status(503)).always(Reply.text("pong"));
		context = TestApplication.runWeb(List.of("resilience.llm.targets.a.base-url=" + primary.baseUrl(),
				"resilience.llm.targets.a.model=m", "resilience.llm.targets.b.base-url=" + fallback.baseUrl(),
				"resilience.llm.targets.b.model=m", "resilience.llm.chains.default=a,b", "resilience.llm.chains.idle=b",
				"resilience.llm.retry.initial-backoff=1ms",
				"spring.ai.mcp.client.streamable-http.connections.first.url=" + server.url(),
				"resilience.llm.turn-budget.model-calls=20", "resilience.llm.turn-budget.chains.idle.tokens=50000",
				"resilience.mcp.tools.search.timeout=3s", "resilience.chaos.enabled=true",
				"management.endpoint.chaos.access=unrestricted", "management.endpoint.experiments.access=unrestricted",
				"management.endpoints.web.exposure.include=*", IDLE + "fault.fault=mcp-tool",
				IDLE + "probe.tool=search", IDLE + "probe.chain=first", IDLE + "steady-state.success-rate=0.99",
				OUTAGE + "fault.fault=burst", OUTAGE + "fault.layer=llm", OUTAGE + "fault.target=a",
				OUTAGE + "duration=300ms", OUTAGE + "steady-state.success-rate=0.99", OUTAGE + "probe.prompt=ping",
				OUTAGE + "probe.rate=50", OUTAGE + "probe.chain=default"));
		ChatModel model = context.getBean(ChatModel.class);
		model.call(new Prompt("hi"));
		model.call(new Prompt("hi"));
		@SuppressWarnings("unchecked")
		List<McpSyncClient> clients = (List<McpSyncClient>) context.getBean("mcpSyncClients");
		clients.get(0).callTool(CallToolRequest.builder("search").arguments(Map.of("text", "x")).build());
		fallback.then(Reply.status(503)).then(Reply.status(503));
		ChatModel idle = context.getBean("idleChatModel", ChatModel.class);
		assertThatThrownBy(() -> idle.call(new Prompt("hi"))).isInstanceOf(ChainExhaustedException.class);
		send("POST", "/resilience/b", "{\"state\":\"FORCED_OPEN\"}");
		send("POST", "/resilience/b", "{\"state\":\"CLOSED\"}");
	}

	@AfterAll
	static void close() {
		context.close();
		primary.close();
		fallback.close();
		server.close();
	}

	private static HttpResponse<String> send(String method, String path, @Nullable String body) throws Exception {
		HttpRequest.Builder request = HttpRequest
			.newBuilder(URI.create("http://127.0.0.1:" + context.getEnvironment().getProperty("local.server.port")
					+ "/actuator" + path))
			.header("Content-Type", "application/json")
			.method(method,
					(body != null) ? HttpRequest.BodyPublishers.ofString(body) : HttpRequest.BodyPublishers.noBody());
		return http.send(request.build(), HttpResponse.BodyHandlers.ofString());
	}

	private static void assertAnswer(String name, int status, HttpResponse<String> answer) throws IOException {
		assertThat(answer.statusCode()).isEqualTo(status);
		assertThat(answer.headers().firstValue("Content-Type").orElseThrow()).isEqualTo(
				name.startsWith("scorecard") ? "application/json" : "application/vnd.spring-boot.actuator.v3+json");
		assertJson(name, answer.body());
	}

	/** Against a file whose line breaks and indentation are for those who read it. */
	private static void assertJson(String name, String json) throws IOException {
		String steady = json;
		for (Map.Entry<Pattern, String> each : VARYING) {
			steady = each.getKey().matcher(steady).replaceAll(each.getValue());
		}
		String record = System.getProperty("answers.record");
		if (record != null) {
			Files.writeString(Path.of(record, name + ".json"), steady);
			return;
		}
		try (InputStream expected = Objects
			.requireNonNull(ActuatorAnswersTests.class.getResourceAsStream("/answers/" + name + ".json"))) {
			assertThat(steady).as(name)
				.isEqualTo(new String(expected.readAllBytes(), StandardCharsets.UTF_8).replaceAll("\n *", ""));
		}
	}

	@Test
	void theScorecard() throws Exception {
		assertAnswer("scorecard", 200, send("GET", "/scorecard", null));
		assertAnswer("scorecard-history", 200, send("GET", "/scorecard?since=5m", null));
		assertAnswer("scorecard-bad-format", 400, send("GET", "/scorecard?format=xml", null));
		assertAnswer("scorecard-bad-since", 400, send("GET", "/scorecard?since=5", null));
	}

	@Test
	void whatThePageOfTheScorecardBeginsWith() throws Exception {
		Matcher data = Pattern.compile("<script[^>]*type=\"application/json\"[^>]*>(.*?)</script>", Pattern.DOTALL)
			.matcher(send("GET", "/scorecard?format=html", null).body());
		assertThat(data.find()).isTrue();
		String card = JsonMapper.shared().readTree(data.group(1)).get("card").toString();
		assertJson("scorecard-page",
				card.replaceAll("(\"slices\":)\\[\\[.*?\\]\\]", "$1\"<rows>\"")
					.replaceAll("(\"(?:default|idle)\":)\\[\\[.*?]]", "$1\"<rows>\"")
					.replaceAll("(\"breakers\":\\{\"[a-z]+\":)\\[[^]]*\\]", "$1\"<row>\""));
	}

	@ParameterizedTest
	@ValueSource(strings = { "\"fault\":\"burst\",\"layer\":\"llm\",\"target\":\"b\"",
			"\"fault\":\"random\",\"layer\":\"llm\",\"rate\":0.25",
			"\"fault\":\"brownout\",\"layer\":\"mcp\",\"latency\":\"250ms\"", "\"fault\":\"rate-limit\"",
			"\"fault\":\"stream-cut\",\"count\":2", "\"fault\":\"mcp-tool\",\"ttl\":\"1500ms\"",
			"\"fault\":\"mcp-timeout\",\"tool\":\"search\"", "\"fault\":\"slow-drip\",\"count\":2",
			"\"fault\":\"reset\",\"count\":1", "\"fault\":\"malformed\",\"target\":\"a\"",
			"\"fault\":\"schema-drift\",\"tool\":\"search\"" })
	void aFault(String fields) throws Exception {
		String name = "fault-" + fields.replaceAll("\"fault\":\"([a-z-]+).*", "$1");
		HttpResponse<String> injected = send("POST", "/chaos", "{" + fields + "}");
		String id = injected.body().replaceAll(".*\"id\":\"([^\"]+)\".*", "$1");
		HttpResponse<String> listed = send("GET", "/chaos", null);
		assertThat(send("DELETE", "/chaos/" + id, null).statusCode()).isEqualTo(204);
		assertAnswer(name, 200, injected);
		assertThat(listed.body()).isEqualTo("[" + injected.body() + "]");
		assertThat(send("GET", "/chaos", null).body()).isEqualTo("[]");
	}

	@Test
	void whatIsNoFault() throws Exception {
		assertAnswer("fault-bad", 400, send("POST", "/chaos", "{\"fault\":\"burst\"}"));
		assertAnswer("fault-unknown-field", 400, send("POST", "/chaos", "{\"fault\":\"burst\",\"cuont\":1}"));
	}

	@Test
	void thePoliciesInForce() throws Exception {
		assertAnswer("resilience", 200, send("GET", "/resilience", null));
	}

	@Test
	void theStateOfATarget() throws Exception {
		HttpResponse<String> set = send("POST", "/resilience/llm-b", "{\"state\":\"closed\"}");
		assertAnswer("resilience-set", 200, set);
		assertFields(404, send("POST", "/resilience/nope", "{\"state\":\"closed\"}"), "There is no target 'nope'",
				"target");
		assertFields(400, send("POST", "/resilience/llm-b", "{}"),
				"'state' is missing; it is CLOSED, FORCED_OPEN or DISABLED", "state");
	}

	/** The order of these two has never been fixed. */
	private static void assertFields(int status, HttpResponse<String> answer, String error, String field) {
		assertThat(answer.statusCode()).isEqualTo(status);
		assertThat(answer.body()).isIn("{\"error\":\"" + error + "\",\"field\":\"" + field + "\"}",
				"{\"field\":\"" + field + "\",\"error\":\"" + error + "\"}");
	}

	/** Comes last, since its attempts are in the figures of the targets. */
	@Test
	@Order(Integer.MAX_VALUE)
	void experiments() throws Exception {
		assertAnswer("experiments", 200, send("GET", "/experiments", null));
		assertFields(404, send("POST", "/experiments/nope", "{}"), "There is no experiment 'nope'", "name");
		assertAnswer("experiment-started", 202, send("POST", "/experiments/outage", "{}"));
		assertFields(409, send("POST", "/experiments/outage", "{}"), "An experiment is running", "name");
		Awaitility.await()
			.atMost(Duration.ofSeconds(60))
			.until(() -> send("GET", "/experiments", null).body().contains("\"verdict\""));
		assertAnswer("experiments-reported", 200, send("GET", "/experiments", null));
	}

}
