package io.github.agentresilience.mcp.internal;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

import io.github.agentresilience.support.RawMcpServer;
import io.github.agentresilience.support.RawMcpServer.Answer;
import io.github.agentresilience.support.TestApplication;
import io.modelcontextprotocol.client.McpAsyncClient;
import io.modelcontextprotocol.client.McpSyncClient;
import io.modelcontextprotocol.spec.McpSchema.CallToolRequest;
import io.modelcontextprotocol.spec.McpSchema.TextContent;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.context.ConfigurableApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

/**
 * A server that opens no session has not seen the caller's request; and one that goes
 * away with the application leaves nobody waiting.
 */
@Timeout(90)
class RefusedOpeningTests {

	private final RawMcpServer primary = new RawMcpServer("one");

	private final RawMcpServer backup = new RawMcpServer("two");

	private ConfigurableApplicationContext context;

	@AfterEach
	void close() {
		this.context.close();
		this.primary.close();
		this.backup.close();
	}

	private void start(String type) {
		this.context = TestApplication.run(List.of("spring.ai.model.chat=none", "spring.ai.mcp.client.type=" + type,
				"spring.ai.mcp.client.streamable-http.connections.first.url=" + this.primary.url(),
				"spring.ai.mcp.client.streamable-http.connections.second.url=" + this.backup.url(),
				"resilience.mcp.chains.search=first,second", "resilience.mcp.timeout=20s",
				"resilience.mcp.deadline=40s", "resilience.mcp.retry.max-attempts=1",
				"resilience.mcp.breaker.window=100", "resilience.mcp.breaker.minimum-calls=100"));
		untilTheFirstAnswers();
	}

	private void untilTheFirstAnswers() {
		Awaitility.await().until(() -> call().equals("one"));
	}

	private String call() {
		CallToolRequest request = CallToolRequest.builder("charge").arguments(Map.of()).build();
		boolean sync = this.context.containsBean("mcpSyncClients");
		Object client = ((List<?>) this.context.getBean(sync ? "mcpSyncClients" : "mcpAsyncClients")).get(0);
		return ((TextContent) (sync ? ((McpSyncClient) client).callTool(request)
				: ((McpAsyncClient) client).callTool(request).block(Duration.ofSeconds(60)))
			.content()
			.get(0)).text();
	}

	static Stream<Answer> refusals() {
		return Stream.of(Answer.of(400, "Bad Request"), Answer.of(422, "Unprocessable"), Answer.of(405, ""),
				Answer.of(503, ""), Answer.of(200, error(-32600, "Invalid request")),
				Answer.of(200, error(-32602, "Unsupported protocol version")),
				Answer.of(400, error(-32602, "clientInfo is missing")), Answer.of(200, error(-32603, "Internal error")),
				Answer.of(200, "{\"jsonrpc\":\"2.0\",\"id\":$id,\"result\":{\"protocolVersion\":\"1999-01-01\","
						+ "\"capabilities\":{},\"serverInfo\":{\"name\":\"one\",\"version\":\"1\"}}}"));
	}

	private static String error(int code, String message) {
		return "{\"jsonrpc\":\"2.0\",\"id\":$id,\"error\":{\"code\":" + code + ",\"message\":\"" + message + "\"}}";
	}

	@ParameterizedTest
	@ValueSource(strings = { "SYNC", "ASYNC" })
	void whereNoSessionIsOpenedTheNextServerIsAsked(String type) {
		start(type);
		for (Answer refusal : refusals().toList()) {
			this.primary.heal();
			this.primary.always("initialize", refusal);
			this.primary.next("tools/call", Answer.of(404, ""));
			assertThat(call()).isEqualTo("two");
			assertThat(this.primary.asked("initialize")).isPositive();
			this.primary.heal();
			untilTheFirstAnswers();
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "SYNC", "ASYNC" })
	void aCallInFlightEndsWhenTheApplicationIsClosed(String type) throws Exception {
		start(type);
		CountDownLatch asked = new CountDownLatch(1);
		CountDownLatch over = new CountDownLatch(1);
		this.primary.always("tools/call", (message, connection) -> {
			asked.countDown();
			return silent(over);
		});
		ExecutorService callers = Executors.newSingleThreadExecutor();
		try {
			Future<Throwable> inFlight = callers.submit(() -> catchThrowable(this::call));
			assertThat(asked.await(30, TimeUnit.SECONDS)).isTrue();
			this.context.close();
			assertThat(inFlight.get(30, TimeUnit.SECONDS)).isInstanceOf(RuntimeException.class);
		}
		finally {
			over.countDown();
			callers.shutdownNow();
		}
	}

	private static boolean silent(CountDownLatch over) {
		try {
			over.await(60, TimeUnit.SECONDS);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
		return false;
	}

}
