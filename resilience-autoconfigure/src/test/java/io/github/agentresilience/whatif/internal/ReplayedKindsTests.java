package io.github.agentresilience.whatif.internal;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;

import io.github.agentresilience.autoconfigure.internal.whatif.CandidateReader;
import io.github.agentresilience.support.McpTestServer;
import io.github.agentresilience.support.Reply;
import io.github.agentresilience.support.ScriptedProvider;
import io.github.agentresilience.support.TestApplication;
import io.modelcontextprotocol.client.McpSyncClient;
import io.modelcontextprotocol.spec.McpSchema.CallToolRequest;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.context.ConfigurableApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

/**
 * Calls of all kinds, with all that can become of them, come out of a replay under the
 * policy in force as they were.
 */
@Timeout(90)
class ReplayedKindsTests {

	private final ScriptedProvider primary = new ScriptedProvider();

	private final ScriptedProvider fallback = new ScriptedProvider().always(Reply.text("I am the fallback"));

	private final McpTestServer first = new McpTestServer("one");

	private final McpTestServer second = new McpTestServer("two");

	private ConfigurableApplicationContext context;

	@AfterEach
	void close() {
		this.context.close();
		this.primary.close();
		this.fallback.close();
		this.first.close();
		this.second.close();
	}

	private void start() {
		this.context = TestApplication.run(List.of("resilience.llm.targets.a.base-url=" + this.primary.baseUrl(),
				"resilience.llm.targets.a.model=m", "resilience.llm.targets.b.base-url=" + this.fallback.baseUrl(),
				"resilience.llm.targets.b.model=m", "resilience.llm.chains.default=a,b",
				"resilience.llm.retry.initial-backoff=10ms", "resilience.llm.retry.budget=1",
				"resilience.llm.breaker.window=100", "resilience.llm.breaker.minimum-calls=100",
				"resilience.llm.accept=length", "resilience.llm.targets.a.timeout=500ms",
				"resilience.llm.targets.a.stream-commit=first-chunk", "resilience.mcp.retry.initial-backoff=10ms",
				"resilience.mcp.breaker.minimum-calls=20",
				"spring.ai.mcp.client.streamable-http.connections.first.url=" + this.first.url(),
				"spring.ai.mcp.client.streamable-http.connections.second.url=" + this.second.url(),
				"resilience.mcp.chains.search=first,second"));
	}

	private static void quietly(Callable<?> call) {
		try {
			call.call();
		}
		catch (Exception expected) {
			// The recorder has heard of it
		}
	}

	@Test
	void allKindsOfCallsAreWhatTheyWere() {
		start();
		ChatModel model = this.context.getBean(ChatModel.class);
		model.call(new Prompt("warm up"));
		Reply good = Reply.text("one two three").usage(10, 20);
		for (Reply reply : List.of(good, Reply.status(503), Reply.status(429).header("Retry-After", "0"),
				Reply.refusal(400), Reply.status(401), Reply.hang(), Reply.finished("length", "one two"),
				Reply.reset())) {
			this.primary.then(reply);
			quietly(() -> model.call(new Prompt("hi")));
			this.primary.then(reply);
			quietly(() -> model.stream(new Prompt("hi")).collectList().block(Duration.ofSeconds(20)));
		}
		for (Reply broken : List.of(good.cutAfter(1), good.chunkDelay(Duration.ofMillis(400)))) {
			this.primary.then(broken);
			quietly(() -> model.stream(new Prompt("hi")).collectList().block(Duration.ofSeconds(20)));
		}
		this.primary.then(good.delay(Duration.ofMillis(300)));
		quietly(() -> model.stream(new Prompt("hi")).take(Duration.ofMillis(50)).collectList().block());
		tools();
		CandidateReader reader = this.context.getBean(CandidateReader.class);
		WhatIf.Outcome outcome = this.context.getBean(WhatIf.class)
			.ask(this.context.getBean(Recorder.class).recording(), reader.inForce(),
					reader.read("resilience.mcp.deadline: 60s"));
		assertThat(outcome.chains()).hasSize(2).allSatisfy((chain) -> {
			assertThat(chain.would().calls()).isEqualTo(chain.was().calls()).isGreaterThanOrEqualTo(4);
			assertThat(chain.would().successRate()).isEqualTo(chain.was().successRate());
			assertThat(chain.would().attemptsOf()).isEqualTo(chain.was().attemptsOf());
			// Two that follow each other at once may be one
			assertThat(chain.would().incidents()).isCloseTo(chain.was().incidents(), within(1L));
			assertThat(chain.would()).isEqualTo(chain.replayed());
		});
		assertThat(outcome.replayed()).isEqualTo(outcome.recorded());
	}

	@SuppressWarnings("unchecked")
	private void tools() {
		McpSyncClient client = ((List<McpSyncClient>) this.context.getBean("mcpSyncClients")).get(0);
		CallToolRequest request = CallToolRequest.builder("search").arguments(Map.of("text", "x")).build();
		quietly(() -> client.callTool(request));
		this.first.faults().toolErrors();
		quietly(() -> client.callTool(request));
		this.second.faults().toolErrors();
		quietly(() -> client.callTool(request));
		this.first.faults().heal();
		this.second.faults().heal();
		quietly(() -> client.callTool(CallToolRequest.builder("nowhere").arguments(Map.of()).build()));
	}

}
