package io.github.agentresilience.sample;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Map;

import io.github.agentresilience.sample.world.EmbeddedWorld;
import io.github.agentresilience.sample.world.Latency;
import io.micrometer.core.instrument.MeterRegistry;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import org.springframework.ai.chat.client.ChatClient;
import org.springframework.ai.chat.memory.ChatMemory;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.context.ConfigurableApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class SampleAgentApplicationTests {

	private static ConfigurableApplicationContext context;

	@BeforeAll
	static void start() {
		context = SampleAgentApplication.start("--server.port=0", "--sample.latency.min=1ms",
				"--sample.latency.max=2ms");
	}

	@AfterAll
	static void stop() {
		context.close();
	}

	private static HttpResponse<String> send(String path, String body) throws Exception {
		HttpRequest.Builder request = HttpRequest.newBuilder(
				URI.create("http://127.0.0.1:" + context.getEnvironment().getProperty("local.server.port") + path));
		if (body != null) {
			request.header("Content-Type", "application/json").POST(HttpRequest.BodyPublishers.ofString(body));
		}
		return HttpClient.newHttpClient().send(request.build(), HttpResponse.BodyHandlers.ofString());
	}

	@Test
	void theAgentUsesItsToolsAndSaysWhoServed() throws Exception {
		HttpResponse<String> response = send("/agent", "{\"message\":\"Search the docs for circuit breaker\"}");
		assertThat(response.statusCode()).isEqualTo(200);
		assertThat(response.body()).contains("A circuit breaker stops asking").contains("\"target\":\"gateway-8b\"");
		assertThat(send("/agent", "{\"message\":\"What is the weather in Lisbon?\"}").body()).contains("Sample data")
			.contains("Lisbon");
	}

	@Test
	void aMessageWithoutTextIsRefusedByName() throws Exception {
		HttpResponse<String> response = send("/agent", "{}");
		assertThat(response.statusCode()).isEqualTo(400);
		assertThat(response.body()).contains("message");
	}

	@Test
	void theAgentStreamsItsAnswersAndSaysWhereOneBeginsAnew() throws Exception {
		assertThat(send("/agent/stream", "{\"message\":\"Search the docs for circuit breaker\"}").body())
			.contains("data:", "\"text\":\"breaker \"", "\"target\":\"gateway-8b\"")
			.doesNotContain("\"restart\":true");
		send("/actuator/chaos", "{\"fault\":\"stream-cut\",\"layer\":\"llm\",\"target\":\"gateway-8b\",\"count\":1}");
		assertThat(send("/agent/stream", "{\"message\":\"Tell me a story\"}").body())
			.containsOnlyOnce("\"restart\":true")
			.contains("\"target\":\"gateway-70b\"");
		assertThat(send("/agent/stream", "{}").body()).contains("'message' is missing");
	}

	@Test
	void theChatPageIsServed() throws Exception {
		assertThat(send("/", null).body()).contains("<h1>Sample agent</h1>");
		assertThat(send("/actuator/scorecard", null).body()).contains("\"gateway-70b\"");
	}

	/** The starter is the only dependency of this application that knows of models. */
	@Test
	void theStarterAloneBringsChatMemoryAndTheMeterOfTokens() {
		assertThat(context.getBeanProvider(ChatMemory.class).getIfAvailable()).isNotNull();
		context.getBean(Agent.class).ask("What is the weather in Lisbon?");
		assertThat(context.getBean(MeterRegistry.class).find("gen_ai.client.token.usage").counters()).isNotEmpty()
			.allMatch((counter) -> counter.count() > 0);
	}

	@Test
	void theAgentStreamsThroughTheToolLoop() {
		ChatClient client = context.getBean(ChatClient.Builder.class)
			.defaultTools(context.getBean(org.springframework.ai.mcp.SyncMcpToolCallbackProvider.class))
			.build();
		String text = String.join("",
				client.prompt("Search the docs for hedging").stream().content().collectList().block());
		assertThat(text).contains("Hedging asks a second target");
	}

	@Test
	void theLiveProfileCallsWhatTheVariablesName() {
		try (EmbeddedWorld elsewhere = new EmbeddedWorld(new Latency(Duration.ofMillis(1), Duration.ofMillis(2)))) {
			Map<String, Object> there = elsewhere.properties();
			try (ConfigurableApplicationContext live = SampleAgentApplication.start("--server.port=0",
					"--spring.profiles.active=live", "--GATEWAY_URL=" + there.get("sample.gateway.url"),
					"--GATEWAY_KEY=" + there.get("sample.gateway.key"),
					"--GATEWAY_MODEL_PRIMARY=groq/llama-3.1-8b-instant",
					"--GATEWAY_MODEL_SECONDARY=groq/llama-3.3-70b-versatile",
					"--RAW_URL=" + there.get("sample.raw.url"), "--RAW_KEY=" + there.get("sample.raw.key"),
					"--RAW_MODEL=llama-3.1-8b-instant", "--MCP_PRIMARY_URL=" + there.get("sample.mcp.primary.url"),
					"--MCP_FALLBACK_URL=" + there.get("sample.mcp.fallback.url"))) {
				assertThat(live.getEnvironment().getProperty("resilience.llm.timeout")).isEqualTo("60s");
				assertThat(live.getBean(Agent.class).ask("What is the weather in New York?").answer())
					.contains("New York");
			}
		}
	}

	@Test
	void theLiveProfileNamesTheVariablesThatItMisses() {
		assertThatThrownBy(
				() -> SampleAgentApplication.start("--spring.profiles.active=live", "--GATEWAY_URL=http://x/v1"))
			.isInstanceOfSatisfying(MissingVariablesException.class, (thrown) -> {
				assertThat(thrown.variables()).contains("GATEWAY_KEY", "MCP_FALLBACK_URL")
					.doesNotContain("GATEWAY_URL");
				FailureAnalysis analysis = new MissingVariablesFailureAnalyzer().analyze(thrown, thrown);
				assertThat(analysis.getDescription()).contains("GATEWAY_KEY");
			});
	}

}
