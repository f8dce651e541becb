package io.github.agentresilience.actuate.internal;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Collections;
import java.util.List;
import java.util.Map;

import io.github.agentresilience.chain.ChainExhaustedException;
import io.github.agentresilience.support.Reply;
import io.github.agentresilience.support.ScriptedProvider;
import io.github.agentresilience.support.TestApplication;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.context.ConfigurableApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/**
 * What operators are told of a policy that is not in force.
 */
@Timeout(60)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class WhatIfEndpointTests {

	private static final String SECRET = "sk-very-secret";

	private static final ScriptedProvider primary = new ScriptedProvider();

	private static final ScriptedProvider fallback = new ScriptedProvider();

	private static final HttpClient http = HttpClient.newHttpClient();

	private static ConfigurableApplicationContext context;

	@BeforeAll
	static void start() {
		context = TestApplication.runWeb(List.of("resilience.llm.targets.a.base-url=" + primary.baseUrl(),
				"resilience.llm.targets.a.model=m", "resilience.llm.targets.a.api-key=" + SECRET,
				"resilience.llm.targets.a.price.input-per-million=10",
				"resilience.llm.targets.a.price.output-per-million=20",
				"resilience.llm.targets.b.base-url=" + fallback.baseUrl(), "resilience.llm.targets.b.model=m",
				"resilience.llm.chains.default=a", "resilience.llm.chains.spare=b",
				"resilience.llm.retry.max-attempts=1", "management.endpoints.web.exposure.include=whatif"));
		ChatModel model = context.getBean(ChatModel.class);
		ChatModel spare = context.getBean("spareChatModel", ChatModel.class);
		primary.then(Reply.text("fine").usage(100, 50))
			.then(Reply.status(503))
			.always(Reply.text("fine").usage(100, 50));
		model.call(new Prompt("hi"));
		spare.call(new Prompt("hi"));
		assertThatThrownBy(() -> model.call(new Prompt("hi"))).isInstanceOf(ChainExhaustedException.class);
		model.call(new Prompt("hi"));
		spare.call(new Prompt("hi"));
	}

	@AfterAll
	static void close() {
		context.close();
		primary.close();
		fallback.close();
	}

	private static HttpResponse<String> send(String method, String body) throws Exception {
		return http.send(HttpRequest
			.newBuilder(URI.create("http://127.0.0.1:" + context.getEnvironment().getProperty("local.server.port")
					+ "/actuator/whatif"))
			.header("Content-Type", "application/json")
			.method(method, HttpRequest.BodyPublishers.ofString(body))
			.build(), HttpResponse.BodyHandlers.ofString());
	}

	private static HttpResponse<String> ask(String yaml) throws Exception {
		return send("POST", JsonMapper.shared().writeValueAsString(Map.of("policy", yaml)));
	}

	private static JsonNode ofDefault(HttpResponse<String> answer) {
		assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
		return JsonMapper.shared()
			.readTree(answer.body())
			.get("chains")
			.valueStream()
			.filter((chain) -> chain.get("chain").asString().equals("default"))
			.findFirst()
			.orElseThrow();
	}

	@Test
	void aFallbackWouldHaveAnsweredAll() throws Exception {
		HttpResponse<String> answer = ask("resilience:\n  llm:\n    chains:\n      default: [a, b]\n");
		JsonNode chain = ofDefault(answer);
		assertThat(chain.get("targets")).hasToString("[\"a\",\"b\"]");
		assertThat(chain.at("/was/calls").asInt()).isEqualTo(3);
		assertThat(chain.at("/was/successRate").asDouble()).isEqualTo(0.6667);
		assertThat(chain.at("/was/attempts").asInt()).isEqualTo(3);
		assertThat(chain.at("/was/cost").asDouble()).isEqualTo(0.004);
		assertThat(chain.at("/would/successRate").asDouble()).isEqualTo(1);
		assertThat(chain.at("/would/attemptsByTarget")).hasToString("{\"a\":3,\"b\":1}");
		assertThat(chain.at("/would/p95Ms").asDouble()).isPositive();
		assertThat(chain.at("/would/mttrMs").asDouble()).isPositive();
		assertThat(chain.at("/inForce/successRate").asDouble()).isEqualTo(0.6667);
		assertThat(answer.body()).contains("\"recordedCalls\":5,\"replayedCalls\":5", "Calls come when they came");
	}

	@Test
	void jsonIsTakenAsYamlIsAndPropertiesByTheirNames() throws Exception {
		String json = "{\"resilience\":{\"llm\":{\"retry\":{\"max-attempts\":2,\"initial-backoff\":\"1ms\"}}}}";
		JsonNode nested = ofDefault(ask(json));
		JsonNode flat = ofDefault(send("POST",
				"{\"resilience.llm.retry.max-attempts\":2,\"resilience.llm.retry.initial-backoff\":\"1ms\"}"));
		assertThat(nested.at("/would/attempts").asInt()).isEqualTo(4);
		assertThat(flat).isEqualTo(nested);
	}

	@Test
	void anotherPriceIsAnotherCost() throws Exception {
		JsonNode chain = ofDefault(send("POST", "{\"resilience.llm.targets.a.price.input-per-million\":20,"
				+ "\"resilience.llm.targets.a.price.output-per-million\":40}"));
		assertThat(chain.at("/was/cost").asDouble()).isEqualTo(0.004);
		assertThat(chain.at("/would/cost").asDouble()).isEqualTo(0.008);
	}

	@Test
	void whatMakesNoDifferenceIsSaid() throws Exception {
		assertThat(ask("resilience.llm.sticky: none").body())
			.contains("These keys of the candidate make no difference to a replay: resilience.llm.sticky.");
	}

	/** As where the name of a chain is misspelt. */
	@Test
	void targetsOfAChainWithoutCallsMakeNoDifferenceEither() throws Exception {
		for (String misspelt : List.of("resilience.llm.chains.defualt: [a, b]",
				"resilience.llm.chains: { default: [a, b], defualt: [b] }",
				"resilience.llm.chains: { '[defualt]': 'b' }")) {
			assertThat(ask(misspelt).body()).contains("No call of the llm chain 'defualt' was recorded, so that the "
					+ "candidate's targets of it make no difference.");
		}
		assertThat(ask("resilience.llm.chains: { default: [a, b], spare: [a] }").body()).doesNotContain("No call of");
		assertThat(ask("resilience.llm.retry.max-attempts: 2").body()).doesNotContain("No call of");
	}

	@Test
	void linesThatStandForMoreThanAnyMemoryHoldsAreRefused() throws Exception {
		StringBuilder yaml = new StringBuilder("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
		for (int i = 1; i < 12; i++) {
			yaml.append("a%d: &a%d [%s]\n".formatted(i, i, String.join(", ", Collections.nCopies(10, "*a" + (i - 1)))));
		}
		HttpResponse<String> answer = ask(yaml.toString());
		assertThat(answer.statusCode()).isEqualTo(400);
		assertThat(answer.body()).contains("\"field\":\"policy\"", "has aliases; write out what they stand for");
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|',
			textBlock = """
					resilience.llm.retry.max-attempts: 0 | resilience.llm.retry.max-attempts | is less than 1. Use 1 or more.
					resilience.llm.retry.max-atempts: 2 | resilience.llm.retry.max-atempts | is unknown. Did you mean
					resilience.llm.timeout: soon | resilience.llm.timeout | is no duration; use one such as 500ms or 10s
					resilience.llm.routing: fastest | resilience.llm.routing | is unknown; use one of: priority, weighted
					resilience.llm.chains.default[0]: c | resilience.llm.chains.default | names an unknown target; there are: a, b
					resilience.llm.targets.c.timeout: 1s | resilience.llm.targets.c | names an unknown target; there are: a, b
					resilience.llm.targets.a.api-key: sk-other | resilience.llm.targets.a.api-key | leave it out
					resilience.llm.targets.a.base-url: http://sk-other | resilience.llm.targets.a.base-url | leave it out
					resilience.mcp.connections.c.timeout: 1s | resilience.mcp.connections.c | names an unknown MCP connection
					resilience.chaos.enabled: true | resilience.chaos.enabled | is nothing that a replay goes by
					resilience.llm.retry: sk-other | resilience.llm.retry | has a value, but is a group of keys
					resilience.llm.chains.default: '${resilience.llm.targets.a.api-key}' | resilience.llm.chains.default | has a placeholder
					resilience.llm.timeout: '${resilience.llm.targets.a.api-key}' | resilience.llm.timeout | has a placeholder
					resilience.llm.targets.[a].apiKey: sk-other | resilience.llm.targets.[a].apiKey | leave it out
					[ sk-other | policy | is no YAML
					nothing | policy | is no YAML
					""")
	void whatIsNoPolicyIsRefused(String yaml, String field, String problem) throws Exception {
		HttpResponse<String> answer = ask(yaml);
		assertThat(answer.statusCode()).as(answer.body()).isEqualTo(400);
		JsonNode problemAnswer = JsonMapper.shared().readTree(answer.body());
		assertThat(problemAnswer.get("field").asString()).isEqualTo(field);
		assertThat(problemAnswer.get("error").asString()).startsWith("'" + field + "' ").contains(problem);
		assertThat(answer.body()).doesNotContain("sk-other").doesNotContain(SECRET);
	}

	@Test
	void aBodyWithoutAPolicyIsRefused() throws Exception {
		HttpResponse<String> answer = send("POST", "{}");
		assertThat(answer.statusCode()).isEqualTo(400);
		assertThat(answer.body()).contains("'policy' is missing");
		assertThat(ask("").statusCode()).isEqualTo(400);
	}

	/** Comes last, since its call is recorded too. */
	@Test
	@Order(Integer.MAX_VALUE)
	void nothingIsApplied() throws Exception {
		ofDefault(ask("resilience.llm.chains.default: [b]"));
		int before = primary.requestCount();
		context.getBean(ChatModel.class).call(new Prompt("hi"));
		assertThat(primary.requestCount()).isEqualTo(before + 1);
	}

	@Test
	void theRecordingHoldsNumbersAndNames() throws Exception {
		HttpResponse<String> answer = send("GET", "");
		assertThat(answer.statusCode()).isEqualTo(200);
		assertThat(answer.body()).startsWith("{\"version\":1,\"recordedUntil\":\"")
			.contains("\"chains\":[{\"layer\":\"llm\",\"name\":\"default\",\"targets\":[\"a\"]}")
			.doesNotContain(SECRET, "hi", "127.0.0.1");
	}

}
