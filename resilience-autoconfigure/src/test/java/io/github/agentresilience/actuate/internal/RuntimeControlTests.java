package io.github.agentresilience.actuate.internal;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

import io.github.agentresilience.chain.ChainExhaustedException;
import io.github.agentresilience.chain.Layer;
import io.github.agentresilience.chain.internal.engine.ChainRegistry;
import io.github.agentresilience.chain.internal.guard.GuardedTarget;
import io.github.agentresilience.support.McpTestServer;
import io.github.agentresilience.support.Reply;
import io.github.agentresilience.support.TestApplication;
import io.github.agentresilience.support.TwoProviders;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.chat.prompt.Prompt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/**
 * What the operator is told of targets that may not be called, and how to change that at
 * run time.
 */
@Timeout(90)
class RuntimeControlTests extends TwoProviders {

	private final HttpClient http = HttpClient.newHttpClient();

	private ChatModel start(String... more) {
		this.context = TestApplication.runWeb(Stream
			.of("resilience.llm.targets.a.base-url=" + this.primary.baseUrl(), "resilience.llm.targets.a.model=m",
					"resilience.llm.targets.b.base-url=" + this.fallback.baseUrl(), "resilience.llm.targets.b.model=m",
					"resilience.llm.chains.default=a,b", "resilience.llm.retry.initial-backoff=1ms",
					"management.endpoints.web.exposure.include=*", "management.endpoint.health.show-details=always",
					"management.endpoint.health.group.readiness.include=resilience")
			.toList(), more);
		return this.context.getBean(ChatModel.class);
	}

	private HttpResponse<String> send(String method, String path, String body) throws Exception {
		HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:"
				+ this.context.getEnvironment().getProperty("local.server.port") + "/actuator" + path));
		request.method(method,
				body != null ? HttpRequest.BodyPublishers.ofString(body) : HttpRequest.BodyPublishers.noBody());
		if (body != null) {
			request.header("Content-Type", "application/json");
		}
		return this.http.send(request.build(), HttpResponse.BodyHandlers.ofString());
	}

	private HttpResponse<String> state(String target, String state) throws Exception {
		return send("POST", "/resilience/" + target, "{\"state\":\"" + state + "\"}");
	}

	private JsonNode json(String path) throws Exception {
		return JsonMapper.shared().readTree(send("GET", path, null).body());
	}

	private void open(String target) {
		this.context.getBean(ChainRegistry.class)
			.targets(Layer.LLM)
			.stream()
			.filter((each) -> each.name().equals(target))
			.map(GuardedTarget::breaker)
			.forEach((breaker) -> breaker.transitionToOpenState());
	}

	private static String served(ChatModel model) {
		return model.call(new Prompt("hi")).getMetadata().get("resilience.target");
	}

	@Test
	void aPodWithoutTrafficIsReadyAgainWhenItMayCallItsTargetsAgain() throws Exception {
		start("resilience.llm.breaker.open-for=5s");
		open("a");
		open("b");
		assertThat(send("GET", "/health/readiness", null).statusCode()).isEqualTo(503);
		Awaitility.await()
			.atMost(30, TimeUnit.SECONDS)
			.until(() -> send("GET", "/health/readiness", null).statusCode() == 200);
		assertThat(this.primary.requestCount() + this.fallback.requestCount()).isZero();
		JsonNode health = json("/health").at("/components/resilience");
		assertThat(health.at("/status").asString()).isEqualTo("UP");
		assertThat(health.at("/details/llm.default/available").asBoolean()).isTrue();
		assertThat(health.at("/details/llm.default/breakers/a").asString()).isEqualTo("OPEN");
	}

	@Test
	void healthTellsOfEachChainAndOfEachOfItsTargets() throws Exception {
		start("resilience.llm.chains.alone=b");
		this.context.getBean("aloneChatModel");
		state("b", "FORCED_OPEN");
		JsonNode details = json("/health").at("/components/resilience/details");
		assertThat(details.propertyNames()).containsExactlyInAnyOrder("llm.default", "llm.alone");
		assertThat(details.at("/llm.default/available").asBoolean()).isTrue();
		assertThat(details.at("/llm.default/breakers").toString())
			.isEqualTo("{\"a\":\"CLOSED\",\"b\":\"FORCED_OPEN\"}");
		assertThat(details.at("/llm.default/cooldownUntil").toString()).isEqualTo("{}");
		assertThat(details.at("/llm.alone/available").asBoolean()).isFalse();
		assertThat(details.at("/llm.alone/breakers").toString()).isEqualTo("{\"b\":\"FORCED_OPEN\"}");
		assertThat(details.at("/llm.alone/problem").asString())
			.isEqualTo("No target may be called now: b has its breaker FORCED_OPEN");
		assertThat(details.at("/llm.default").has("problem")).isFalse();
		assertThat(json("/health").at("/components/resilience/status").asString()).isEqualTo("OUT_OF_SERVICE");
	}

	@Test
	void aTargetPutBackIsAskedDuringItsCooldown() throws Exception {
		ChatModel model = start();
		this.primary.then(Reply.status(429).header("Retry-After", "3600"));
		assertThat(served(model)).isEqualTo("b");
		assertThat(served(model)).isEqualTo("b");
		JsonNode until = json("/resilience").at("/llm/targets/a/cooldownUntil");
		assertThat(Instant.parse(until.asString())).isAfter(Instant.now().plusSeconds(3000));
		assertThat(json("/resilience").at("/llm/targets/b/cooldownUntil").isNull()).isTrue();
		JsonNode inHealth = json("/health").at("/components/resilience/details/llm.default/cooldownUntil");
		assertThat(Instant.parse(inHealth.at("/a").asString())).isAfter(Instant.now().plusSeconds(3000));
		assertThat(inHealth.propertyNames()).containsExactly("a");
		assertThat(state("a", "CLOSED").statusCode()).isEqualTo(200);
		assertThat(served(model)).isEqualTo("a");
		assertThat(json("/resilience").at("/llm/targets/a/cooldownUntil").isNull()).isTrue();
	}

	@Test
	void theLastTargetIsTriedThoughTheFirstIsTakenOutOfService() throws Exception {
		ChatModel model = start("resilience.llm.breaker.open-for=1h");
		state("a", "FORCED_OPEN");
		open("b");
		assertThat(served(model)).isEqualTo("b");
		assertThat(this.primary.requestCount()).isZero();
	}

	@Test
	void aLastTargetThatIsTakenOutOfServiceIsNotTried() throws Exception {
		ChatModel model = start("resilience.llm.breaker.open-for=1h");
		open("a");
		state("b", "FORCED_OPEN");
		assertThatThrownBy(() -> served(model)).isInstanceOf(ChainExhaustedException.class);
		assertThat(this.primary.requestCount() + this.fallback.requestCount()).isZero();
	}

	@Test
	void aNameThatBothLayersHaveIsRefusedWithTheNamesToUse() throws Exception {
		try (McpTestServer server = new McpTestServer("one")) {
			start("spring.ai.mcp.client.streamable-http.connections.a.url=" + server.url());
			this.context.getBean("mcpSyncClients", List.class);
			HttpResponse<String> refused = state("a", "FORCED_OPEN");
			assertThat(refused.statusCode()).isEqualTo(400);
			assertThat(JsonMapper.shared().readTree(refused.body()).get("field").asString()).isEqualTo("target");
			assertThat(refused.body()).contains("llm-a", "mcp-a");
			assertThat(json("/resilience").at("/llm/targets/a/state").asString()).isEqualTo("CLOSED");
			assertThat(state("mcp-a", "FORCED_OPEN").statusCode()).isEqualTo(200);
			assertThat(json("/resilience").at("/mcp/targets/a/state").asString()).isEqualTo("FORCED_OPEN");
			assertThat(json("/resilience").at("/llm/targets/a/state").asString()).isEqualTo("CLOSED");
		}
	}

	@Test
	void whatATargetSaysForItselfIsShownWithWhereItComesFrom() throws Exception {
		start("resilience.llm.hedge.enabled=true", "resilience.llm.stream-commit=complete",
				"resilience.llm.targets.a.hedge.after=300ms", "resilience.llm.targets.b.hedge.enabled=false",
				"resilience.llm.targets.b.stream-commit=first-chunk");
		JsonNode targets = json("/resilience").at("/llm/targets");
		for (String[] each : new String[][] { { "a", "hedge.enabled", "true", "resilience.llm.hedge.enabled" },
				{ "a", "hedge.after", "300ms", "resilience.llm.targets.a.hedge.after" },
				{ "a", "stream-commit", "complete", "resilience.llm.stream-commit" },
				{ "b", "hedge.enabled", "false", "resilience.llm.targets.b.hedge.enabled" },
				{ "b", "hedge.after", "p95", "default" },
				{ "b", "stream-commit", "first-chunk", "resilience.llm.targets.b.stream-commit" } }) {
			JsonNode shown = targets.get(each[0]).get(each[1]);
			assertThat(shown.get("value").asString()).as(each[0] + " " + each[1]).isEqualTo(each[2]);
			assertThat(shown.get("from").asString()).as(each[0] + " " + each[1]).isEqualTo(each[3]);
		}
	}

	@Test
	void whatHoldsForALegIsShownWithWhereItComesFrom() throws Exception {
		start("resilience.llm.retry.budget=0.5", "resilience.llm.fallback-on=content-filter",
				"resilience.mcp.replay=never", "resilience.mcp.probe.timeout=3s",
				"resilience.mcp.tools.search.timeout=7s", "resilience.mcp.tools[files.read].replay=always");
		JsonNode llm = json("/resilience").at("/llm/policy");
		assertThat(llm.at("/retry.budget/value").asDouble()).isEqualTo(0.5);
		assertThat(llm.at("/retry.budget/from").asString()).isEqualTo("resilience.llm.retry.budget");
		assertThat(llm.at("/fallback-on/value").toString()).isEqualTo("[\"content-filter\"]");
		assertThat(llm.at("/fallback-on/from").asString()).isEqualTo("resilience.llm.fallback-on");
		JsonNode mcp = json("/resilience").at("/mcp/policy");
		assertThat(mcp.at("/retry.budget/from").asString()).isEqualTo("default");
		assertThat(mcp.at("/tool-errors/value").asString()).isEqualTo("judge");
		assertThat(mcp.at("/replay/value").asString()).isEqualTo("never");
		assertThat(mcp.at("/probe.enabled/value").asBoolean()).isTrue();
		assertThat(mcp.at("/probe.timeout/value").asString()).isEqualTo("3000ms");
		assertThat(mcp.at("/tools.search.timeout/value").asString()).isEqualTo("7000ms");
		assertThat(mcp.at("/tools.search.timeout/from").asString()).isEqualTo("resilience.mcp.tools.search.timeout");
		assertThat(mcp.at("/tools.files.read.replay/value").asString()).isEqualTo("always");
		assertThat(mcp.at("/tools.files.read.replay/from").asString())
			.isEqualTo("resilience.mcp.tools[files.read].replay");
	}

	@Test
	void aTargetWithADotInItsNameSaysWhereItsValuesComeFrom() throws Exception {
		start("resilience.llm.targets[gpt-4.1].base-url=" + this.primary.baseUrl(),
				"resilience.llm.targets[gpt-4.1].model=m", "resilience.llm.targets[gpt-4.1].timeout=9s",
				"resilience4j.circuitbreaker.instances[llm-gpt-4.1].sliding-window-size=33",
				"resilience.llm.chains.default=gpt-4.1");
		JsonNode target = json("/resilience").at("/llm/targets/gpt-4.1");
		assertThat(target.at("/timeout/value").asString()).isEqualTo("9000ms");
		assertThat(target.at("/timeout/from").asString()).isEqualTo("resilience.llm.targets[gpt-4.1].timeout");
		assertThat(target.at("/breaker.window/value").asInt()).isEqualTo(33);
		assertThat(target.at("/breaker.window/from").asString())
			.isEqualTo("resilience4j.circuitbreaker.instances[llm-gpt-4.1].sliding-window-size");
	}

	@Test
	void whoMayOnlyReadChangesNothing() throws Exception {
		start("management.endpoint.resilience.access=read-only");
		// Nothing else can be done at that path, so it does not exist
		assertThat(state("a", "FORCED_OPEN").statusCode()).isIn(404, 405);
		assertThat(json("/resilience").at("/llm/targets/a/state").asString()).isEqualTo("CLOSED");
	}

}
