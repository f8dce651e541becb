package io.github.agentresilience.mcp.internal;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import io.github.agentresilience.chain.ChainExhaustedException;
import io.github.agentresilience.chain.NotReplayedException;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.modelcontextprotocol.client.McpSyncClient;
import io.modelcontextprotocol.spec.McpSchema;
import io.modelcontextprotocol.spec.McpSchema.CallToolRequest;
import io.modelcontextprotocol.spec.McpSchema.CallToolResult;
import io.modelcontextprotocol.spec.McpSchema.ToolAnnotations;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

import org.springframework.ai.mcp.SyncMcpToolCallbackProvider;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/**
 * What is known of tools and servers when something is known of some of them only.
 */
class McpCareTests extends McpFixture {

	@Test
	void toolsSeenInTheBackgroundAreListedThoughNotAskedForWhileServersWereUp() {
		McpSyncClient client = client();
		call(client);
		this.primary.down();
		this.fallback.down();
		assertThat(client.listTools().tools()).extracting(McpSchema.Tool::name)
			.containsExactlyInAnyOrder("search", "echo");
		assertThat(client.listTools(null).tools()).hasSize(2);
		assertThat(client.listTools(null, Map.of()).tools()).hasSize(2);
		// What comes after a page, only its server knows; the whole list in its place
		// would be tools twice over
		assertThatThrownBy(() -> client.listTools("some cursor")).isInstanceOf(ChainExhaustedException.class);
		assertThat(this.context.getBean(SyncMcpToolCallbackProvider.class).getToolCallbacks()).hasSize(2);
	}

	@Test
	void aServerThatDoesNotAnswerListsCostsAListingFiveSecondsAtMost() {
		CountDownLatch over = new CountDownLatch(1);
		McpSyncClient client = client("resilience.mcp.timeout=40s");
		call(client);
		this.primary.faults().answers("tools/list", (request) -> {
			try {
				over.await(60, TimeUnit.SECONDS);
			}
			catch (InterruptedException ex) {
				Thread.currentThread().interrupt();
			}
			return null;
		});
		long start = System.nanoTime();
		assertThat(client.listTools().tools()).hasSize(2);
		over.countDown();
		assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(25));
	}

	@Test
	void aToolThatOnlyAnUnheardServerHasIsNotCalledAgain() {
		this.primary.with("charge", ToolAnnotations.builder().destructiveHint(true).build());
		this.primary.faults().noLists();
		McpSyncClient client = client();
		assertThat(text(call(client, "charge", "first"))).startsWith("one: ");
		Awaitility.await().until(() -> this.fallback.faults().received("tools/list") > 0);
		assertThat(text(call(client, "search", "x"))).startsWith("one: ");
		this.primary.faults().status(503);
		assertThatThrownBy(() -> call(client, "charge", "second")).isInstanceOf(NotReplayedException.class);
		assertThat(this.primary.faults().received("tools/call")).isEqualTo(3);
		Awaitility.await("the other server's word on a tool without annotations")
			.atMost(30, TimeUnit.SECONDS)
			.ignoreExceptions()
			.until(() -> text(call(client, "search", "x")).startsWith("two: "));
	}

	@Test
	void aModelsMistakeIsToldInTheServersWordsThoughSchemasDiffer() {
		this.fallback.requiring("query");
		McpSyncClient client = client();
		client.listTools();
		call(client);
		breaker("first").transitionToForcedOpenState();
		CallToolResult warm = client
			.callTool(CallToolRequest.builder("search").arguments(Map.of("query", "x")).build());
		assertThat(text(warm)).startsWith("two: ");
		breaker("first").transitionToClosedState();
		Awaitility.await().until(() -> text(call(client)).startsWith("one: "));
		CallToolResult wrong = client
			.callTool(CallToolRequest.builder("search").arguments(Map.of("words", "x")).build());
		assertThat(wrong.isError()).isTrue();
		assertThat(text(wrong)).contains("text");
		breaker("first").transitionToForcedOpenState();
		CallToolResult there = client
			.callTool(CallToolRequest.builder("search").arguments(Map.of("words", "x")).build());
		assertThat(there.isError()).isTrue();
		assertThat(text(there)).contains("query");
		assertThat(breaker("second").getMetrics().getNumberOfFailedCalls()).isZero();
	}

	@Test
	void anIdleServerIsBackWhereItsBreakerWantsOneProbeOnly() {
		McpSyncClient client = client("resilience.mcp.breaker.open-for=500ms",
				"resilience.mcp.breaker.half-open-calls=1");
		call(client);
		this.primary.down();
		for (int i = 0; i < 5; i++) {
			assertThat(text(call(client))).startsWith("two: ");
		}
		AtomicInteger opened = opened();
		Awaitility.await("a probe has failed").atMost(30, TimeUnit.SECONDS).until(() -> opened.get() > 0);
		this.primary.up();
		Awaitility.await()
			.atMost(30, TimeUnit.SECONDS)
			.until(() -> breaker("first").getState() == CircuitBreaker.State.CLOSED);
		assertThat(text(call(client))).startsWith("one: ");
	}

	@Test
	void aPingThatProvesTooLittleLeavesTheOneProbeToACall() {
		McpSyncClient client = client("resilience.mcp.breaker.open-for=500ms",
				"resilience.mcp.breaker.half-open-calls=1");
		call(client);
		this.primary.faults().status(503);
		for (int i = 0; i < 5; i++) {
			assertThat(text(call(client))).startsWith("two: ");
		}
		Awaitility.await()
			.atMost(30, TimeUnit.SECONDS)
			.until(() -> breaker("first").getState() == CircuitBreaker.State.HALF_OPEN);
		Awaitility.await("the ping that the breaker is half-open for")
			.until(() -> this.primary.faults().received("ping") > 0);
		AtomicInteger opened = opened();
		Awaitility.await("a call has been let through and has failed").atMost(30, TimeUnit.SECONDS).until(() -> {
			assertThat(text(call(client))).startsWith("two: ");
			return opened.get() > 0;
		});
		this.primary.faults().heal();
		Awaitility.await().atMost(30, TimeUnit.SECONDS).until(() -> text(call(client)).startsWith("one: "));
		assertThat(breaker("first").getState()).isEqualTo(CircuitBreaker.State.CLOSED);
	}

	/** How often the first server's breaker opens from now on. */
	private AtomicInteger opened() {
		AtomicInteger opened = new AtomicInteger();
		breaker("first").getEventPublisher().onStateTransition((event) -> {
			if (event.getStateTransition().getToState() == CircuitBreaker.State.OPEN) {
				opened.incrementAndGet();
			}
		});
		return opened;
	}

}
