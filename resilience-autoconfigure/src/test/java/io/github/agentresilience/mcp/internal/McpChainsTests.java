package io.github.agentresilience.mcp.internal;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;

import io.github.agentresilience.chain.ChainExhaustedException;
import io.github.agentresilience.chain.Layer;
import io.github.agentresilience.scorecard.internal.Scorecard;
import io.github.agentresilience.support.TestApplication;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.modelcontextprotocol.client.McpSyncClient;
import io.modelcontextprotocol.spec.McpSchema.CallToolResult;
import io.modelcontextprotocol.spec.McpSchema.ToolAnnotations;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.ai.mcp.SyncMcpToolCallbackProvider;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class McpChainsTests extends McpFixture {

	@Test
	void aChainOfTwoServersShowsOneSetOfTools() {
		McpSyncClient client = client();
		assertThat(text(call(client))).isEqualTo("one: search of x");
		assertThat(client.listTools().tools()).extracting("name").containsExactlyInAnyOrder("search", "echo");
		assertThat(Arrays.stream(this.context.getBean(SyncMcpToolCallbackProvider.class).getToolCallbacks())
			.map((tool) -> tool.getToolDefinition().name())).containsExactlyInAnyOrder("search", "echo");
		assertThat(
				this.context.getBean(SyncMcpToolCallbackProvider.class).getToolCallbacks()[0].call("{\"text\":\"y\"}"))
			.contains("one: ");
		assertThat(summary().calls()).isEqualTo(2);
	}

	@ParameterizedTest
	@ValueSource(ints = { 408, 429, 500, 503 })
	void aRefusalKeepsItsStatusAndIsRetriedBeforeTheNextServerIsAsked(int status) {
		this.primary.faults().status(status);
		McpSyncClient client = client();
		assertThat(text(call(client))).isEqualTo("two: search of x");
		assertThat(breaker("first").getMetrics().getNumberOfFailedCalls()).isEqualTo(2);
		assertThat(this.context.getBean(Scorecard.class)
			.snapshot()
			.layers()
			.get(Layer.MCP)
			.targets()
			.get("first")
			.lastFailure()
			.message()).contains(String.valueOf(status));
	}

	@ParameterizedTest
	@ValueSource(ints = { 401, 403 })
	void aServerThatRefusesTheCredentialsIsLeftAtOnce(int status) {
		this.primary.faults().status(status);
		McpSyncClient client = client();
		assertThat(text(call(client))).isEqualTo("two: search of x");
		assertThat(breaker("first").getMetrics().getNumberOfFailedCalls()).isEqualTo(1);
	}

	@Test
	void anInternalErrorIsTransient() {
		this.primary.faults().jsonRpcError(-32603, "internal");
		McpSyncClient client = client();
		assertThat(text(call(client))).isEqualTo("two: search of x");
		assertThat(breaker("first").getMetrics().getNumberOfFailedCalls()).isEqualTo(2);
	}

	@Test
	void anUnknownToolIsTheTargetsAndDoesNotCount() {
		this.primary.faults().jsonRpcError(-32602, "Unknown tool: search");
		McpSyncClient client = client();
		assertThat(text(call(client))).isEqualTo("two: search of x");
		assertThat(breaker("first").getMetrics().getNumberOfBufferedCalls()).isZero();
	}

	@Test
	void invalidParametersAreTheCallers() {
		this.primary.faults().jsonRpcError(-32602, "text must be a string");
		McpSyncClient client = client();
		assertThatThrownBy(() -> call(client)).isNotInstanceOf(ChainExhaustedException.class)
			.hasMessageContaining("text must be a string");
		assertThat(this.fallback.executions("search")).isZero();
	}

	@Test
	void garbageIsAFailedAttemptAndNotADeadClient() {
		this.primary.with("read", ToolAnnotations.builder().readOnlyHint(true).build());
		this.fallback.with("read", ToolAnnotations.builder().readOnlyHint(true).build());
		McpSyncClient client = client();
		client.listTools();
		assertThat(text(McpFixture.call(client, "read", "x"))).isEqualTo("one: read of x");
		this.primary.faults().garbage();
		long start = System.nanoTime();
		assertThat(text(McpFixture.call(client, "read", "x"))).isEqualTo("two: read of x");
		assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(10));
		this.primary.faults().heal();
		assertThat(text(McpFixture.call(client, "read", "x"))).isEqualTo("one: read of x");
	}

	@Test
	void aSilentServerIsAskedOnce() {
		McpSyncClient client = client("resilience.mcp.timeout=400ms");
		Awaitility.await().until(() -> text(call(client)).equals("one: search of x"));
		int before = this.primary.executions("search");
		this.primary.faults().delayTools(Duration.ofSeconds(20));
		long start = System.nanoTime();
		assertThat(text(call(client))).isEqualTo("two: search of x");
		assertThat(Duration.ofNanos(System.nanoTime() - start)).isBetween(Duration.ofMillis(390),
				Duration.ofSeconds(15));
		assertThat(Thread.currentThread().isInterrupted()).isFalse();
		assertThat(this.primary.executions("search")).isEqualTo(before + 1);
		this.primary.faults().heal();
		assertThat(text(call(client))).isEqualTo("one: search of x");
	}

	@Test
	void aToolErrorOfOneServerIsItsFailureWhenAnotherDoesBetter() {
		this.primary.faults().toolErrors();
		McpSyncClient client = client();
		assertThat(text(call(client))).isEqualTo("two: search of x");
		assertThat(breaker("first").getMetrics().getNumberOfFailedCalls()).isEqualTo(1);
		assertThat(this.primary.executions("search")).isEqualTo(1);
		assertThat(summary().toolErrors()).isZero();
		assertThat(summary().incidents()).isEqualTo(1);
	}

	@Test
	void aToolErrorOfAllServersIsTheToolsAnswer() {
		this.primary.faults().toolErrors();
		this.fallback.faults().toolErrors();
		McpSyncClient client = client();
		CallToolResult result = call(client);
		assertThat(result.isError()).isTrue();
		assertThat(text(result)).isEqualTo("one: failed");
		assertThat(breaker("first").getMetrics().getNumberOfBufferedCalls()).isZero();
		assertThat(breaker("second").getMetrics().getNumberOfBufferedCalls()).isZero();
		assertThat(summary().toolErrors()).isEqualTo(1);
		assertThat(summary().failed()).isZero();
		assertThat(summary().incidents()).isZero();
	}

	@Test
	void theApplicationStartsWhileAServerIsDownAndUsesItWhenItIsBack() {
		this.primary.down();
		McpSyncClient client = client();
		assertThat(client.listTools().tools()).hasSize(2);
		assertThat(text(call(client))).isEqualTo("two: search of x");
		this.primary.up();
		Awaitility.await().atMost(30, TimeUnit.SECONDS).until(() -> text(call(client)).equals("one: search of x"));
	}

	@Test
	void theApplicationStartsWithoutAnyServerAndItsToolsAppearLater() {
		this.primary.down();
		this.fallback.down();
		McpSyncClient client = client();
		SyncMcpToolCallbackProvider tools = this.context.getBean(SyncMcpToolCallbackProvider.class);
		assertThat(tools.getToolCallbacks()).isEmpty();
		assertThatThrownBy(() -> call(client)).isInstanceOf(ChainExhaustedException.class);
		this.fallback.up();
		Awaitility.await().atMost(30, TimeUnit.SECONDS).until(() -> tools.getToolCallbacks().length == 2);
	}

	@Test
	void toolsStayListedWhileEveryServerIsDown() {
		McpSyncClient client = client();
		assertThat(client.listTools().tools()).hasSize(2);
		this.primary.down();
		this.fallback.down();
		assertThat(client.listTools().tools()).hasSize(2);
	}

	@Test
	void aServerThatRestartedIsUsedAgain() {
		McpSyncClient client = client("resilience.mcp.breaker.open-for=200ms");
		assertThat(text(call(client))).isEqualTo("one: search of x");
		this.primary.down();
		assertThat(text(call(client))).isEqualTo("two: search of x");
		this.primary.up();
		Awaitility.await().atMost(30, TimeUnit.SECONDS).until(() -> text(call(client)).equals("one: search of x"));
	}

	@Test
	void anUnknownConnectionInAChainStopsStartUp() {
		assertThatThrownBy(() -> client("resilience.mcp.chains.search=first,third"))
			.hasStackTraceContaining("resilience.mcp.chains.search")
			.hasStackTraceContaining("third");
	}

	@Test
	void aLostSessionIsFoundAgainAndIsNoFailure() {
		McpSyncClient client = client();
		assertThat(text(call(client))).isEqualTo("one: search of x");
		this.primary.down();
		this.primary.up();
		Awaitility.await().atMost(30, TimeUnit.SECONDS).until(() -> text(call(client)).equals("one: search of x"));
		assertThat(breaker("first").getState()).isEqualTo(CircuitBreaker.State.CLOSED);
	}

	@Test
	void closingTheApplicationStopsTheBackgroundWork() {
		McpSyncClient client = client();
		assertThat(text(call(client))).isEqualTo("one: search of x");
		this.context.close();
		Awaitility.await()
			.atMost(30, TimeUnit.SECONDS)
			.untilAsserted(() -> assertThat(Thread.getAllStackTraces().keySet()).extracting(Thread::getName)
				.noneMatch((name) -> name.startsWith("resilience-mcp-") || name.equals("resilience-timer")));
	}

	@Test
	void aConnectionInNoChainIsAChainOfItsOwn() {
		this.context = TestApplication.run(List.of("spring.ai.model.chat=none",
				"spring.ai.mcp.client.streamable-http.connections.first.url=" + this.primary.url()));
		this.primary.faults().status(503);
		McpSyncClient client = clients().get(0);
		assertThatThrownBy(() -> call(client)).isInstanceOf(ChainExhaustedException.class)
			.hasMessageContaining("first transient 503");
		this.primary.faults().heal();
		assertThat(text(call(client))).isEqualTo("one: search of x");
	}

}
