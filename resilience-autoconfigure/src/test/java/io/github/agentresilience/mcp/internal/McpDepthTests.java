package io.github.agentresilience.mcp.internal;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import io.github.agentresilience.chain.ChainExhaustedException;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.modelcontextprotocol.client.McpSyncClient;
import io.modelcontextprotocol.spec.McpSchema.CallToolRequest;
import io.modelcontextprotocol.spec.McpSchema.CallToolResult;
import io.modelcontextprotocol.spec.McpSchema.ToolAnnotations;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import org.springframework.ai.chat.model.ToolContext;
import org.springframework.ai.mcp.SyncMcpToolCallbackProvider;
import org.springframework.ai.tool.ToolCallback;
import org.springframework.ai.tool.execution.ToolExecutionException;
import org.springframework.ai.tool.execution.ToolExecutionExceptionProcessor;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/**
 * Sessions, timeouts, progress, cancellation and schemas, against real servers.
 */
@ExtendWith(OutputCaptureExtension.class)
class McpDepthTests extends McpFixture {

	@Test
	void aRestartIsInvisibleEvenWithoutRetries() {
		McpSyncClient client = client("resilience.mcp.retry.max-attempts=1");
		assertThat(text(call(client))).startsWith("one: ");
		this.primary.down();
		this.primary.up();
		assertThat(text(call(client))).startsWith("one: ");
		assertThat(breaker("first").getMetrics().getNumberOfFailedCalls()).isZero();
	}

	@Test
	void aServerHearsOfAnAbandonedCallAndNothingIsKeptOfIt() {
		McpSyncClient client = client("resilience.mcp.timeout=300ms");
		client.listTools();
		this.primary.faults().delayTools(Duration.ofSeconds(2));
		assertThat(text(call(client))).startsWith("two: ");
		Awaitility.await().until(() -> this.primary.faults().received("notifications/cancelled") == 1);
	}

	@Test
	void aToolHasItsOwnTimeoutAndAConnectionToo() {
		McpSyncClient client = client("resilience.mcp.timeout=300ms", "resilience.mcp.tools.search.timeout=5s",
				"resilience.mcp.connections.second.timeout=4s");
		client.listTools();
		call(client, "echo", "warm");
		this.primary.faults().delayTools(Duration.ofMillis(800));
		this.fallback.faults().delayTools(Duration.ofMillis(800));
		assertThat(text(call(client, "search", "x"))).startsWith("one: ");
		assertThat(text(call(client, "echo", "x"))).startsWith("two: ");
	}

	@Test
	void aToolMayTakeLongerThanTheDeadlineOfOthers() {
		McpSyncClient client = client("resilience.mcp.timeout=300ms", "resilience.mcp.deadline=500ms",
				"resilience.mcp.tools.search.timeout=5s");
		client.listTools();
		this.primary.faults().delayTools(Duration.ofMillis(900));
		assertThat(text(call(client, "search", "x"))).startsWith("one: ");
	}

	@Test
	void progressKeepsALongCallAlive() {
		McpSyncClient client = client("resilience.mcp.timeout=1500ms", "resilience.mcp.reset-timeout-on-progress=true");
		client.listTools();
		call(client, "echo", "warm");
		this.primary.progressIn(10);
		this.primary.faults().delayTools(Duration.ofSeconds(3));
		assertThat(text(call(client, "search", "x"))).startsWith("one: ");
		assertThat(this.fallback.executions("search")).isZero();
	}

	@Test
	void progressUnderATokenOfTheApplicationsOwnCountsToo() {
		McpSyncClient client = client("resilience.mcp.timeout=1500ms", "resilience.mcp.reset-timeout-on-progress=true");
		client.listTools();
		call(client, "echo", "warm");
		this.primary.progressIn(10);
		this.primary.faults().delayTools(Duration.ofSeconds(3));
		CallToolResult result = client
			.callTool(new CallToolRequest("search", Map.of("text", "x"), Map.of("progressToken", 7)));
		assertThat(text(result)).startsWith("one: ");
		assertThat(this.fallback.executions("search")).isZero();
	}

	@Test
	void withoutItProgressIsNotEvenAskedFor() {
		McpSyncClient client = client("resilience.mcp.timeout=1500ms");
		client.listTools();
		this.primary.progressIn(10);
		this.primary.faults().delayTools(Duration.ofSeconds(3));
		assertThat(text(call(client, "search", "x"))).startsWith("two: ");
	}

	@Test
	void progressDoesNotOutlastTheDeadline() {
		McpSyncClient client = client("resilience.mcp.timeout=400ms", "resilience.mcp.deadline=1s",
				"resilience.mcp.reset-timeout-on-progress=true");
		client.listTools();
		call(client, "echo", "warm");
		this.primary.progressIn(150);
		this.primary.faults().delayTools(Duration.ofSeconds(30));
		long start = System.nanoTime();
		assertThatThrownBy(() -> call(client, "search", "x")).isInstanceOf(ChainExhaustedException.class);
		assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(15));
	}

	@Test
	void aNewToolAppearsWhenItsServerSaysSo() {
		client();
		SyncMcpToolCallbackProvider tools = this.context.getBean(SyncMcpToolCallbackProvider.class);
		Awaitility.await().until(() -> tools.getToolCallbacks().length == 2);
		this.primary.addTool("brandnew");
		Awaitility.await().atMost(30, TimeUnit.SECONDS).until(() -> tools.getToolCallbacks().length == 3);
	}

	@Test
	void argumentsAreCheckedAgainstTheSchemaOfTheServerThatServes(CapturedOutput output) {
		this.fallback.requiring("query");
		McpSyncClient client = client();
		client.listTools();
		Awaitility.await().until(() -> this.fallback.faults().received("tools/list") > 0);
		this.primary.faults().status(503);
		Awaitility.await()
			.untilAsserted(() -> assertThatThrownBy(() -> call(client)).isInstanceOf(ChainExhaustedException.class)
				.hasMessageContaining("second target"));
		assertThat(this.fallback.executions("search")).isZero();
		assertThatThrownBy(() -> call(client)).isInstanceOf(ChainExhaustedException.class);
		assertThat(output.getOut().split("has different schemas", -1)).hasSize(2);
	}

	@Test
	void anIdleServerIsBackBeforeACallHasToFindOut() {
		McpSyncClient client = client("resilience.mcp.breaker.open-for=500ms");
		call(client);
		this.primary.down();
		for (int i = 0; i < 5; i++) {
			assertThat(text(call(client))).startsWith("two: ");
		}
		assertThat(breaker("first").getState()).hasToString("OPEN");
		AtomicInteger opened = new AtomicInteger();
		breaker("first").getEventPublisher().onStateTransition((event) -> {
			if (event.getStateTransition().getToState() == CircuitBreaker.State.OPEN) {
				opened.incrementAndGet();
			}
		});
		Awaitility.await("a probe has failed").until(() -> opened.get() > 0);
		this.primary.up();
		Awaitility.await().until(() -> breaker("first").getState().toString().equals("CLOSED"));
		assertThat(text(call(client))).startsWith("one: ");
	}

	@Test
	void aPingThatProvesTooLittleLeavesTheLastWordToACall() {
		McpSyncClient client = client("resilience.mcp.breaker.open-for=300ms");
		call(client);
		this.primary.faults().status(503);
		long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(4);
		long asked = 0;
		while (System.nanoTime() < deadline) {
			assertThat(text(call(client))).startsWith("two: ");
			asked = this.primary.faults().received("tools/call");
		}
		// Six attempts open it, and then one call in 300 ms finds out
		assertThat(asked).isLessThan(24);
	}

	@Test
	void probesCanBeTurnedOff() {
		McpSyncClient client = client("resilience.mcp.breaker.open-for=200ms", "resilience.mcp.probe.enabled=false");
		call(client);
		breaker("first").transitionToOpenState();
		Awaitility.await().during(1, TimeUnit.SECONDS).until(() -> this.primary.faults().received("ping") == 0);
		assertThat(breaker("first").getState()).hasToString("OPEN");
	}

	@Test
	void aHarmlessToolIsHedgedAndNoOther() {
		ToolAnnotations readOnly = ToolAnnotations.builder().readOnlyHint(true).build();
		this.primary.with("look", readOnly);
		this.fallback.with("look", readOnly);
		McpSyncClient client = client("resilience.mcp.connections.first.hedge.enabled=true",
				"resilience.mcp.hedge.after=100ms");
		client.listTools();
		call(client, "echo", "warm");
		Awaitility.await().until(() -> this.fallback.faults().received("tools/list") > 0);
		this.primary.faults().delayTools(Duration.ofMillis(1200));
		assertThat(text(call(client, "look", "x"))).startsWith("two: ");
		assertThat(text(call(client, "search", "x"))).startsWith("one: ");
		assertThat(this.fallback.executions("search")).isZero();
		Awaitility.await().until(() -> this.primary.faults().received("notifications/cancelled") == 1);
	}

	@Test
	void aToolThatCannotBeRunIsToldToTheModelInOneSentence() {
		McpSyncClient client = client();
		client.listTools();
		ToolCallback tool = this.context.getBean(SyncMcpToolCallbackProvider.class).getToolCallbacks()[0];
		this.primary.down();
		this.fallback.down();
		ToolExecutionExceptionProcessor processor = this.context.getBean(ToolExecutionExceptionProcessor.class);
		assertThatThrownBy(() -> tool.call("{\"text\":\"x\"}", new ToolContext(Map.of())))
			.isInstanceOf(ToolExecutionException.class)
			.satisfies((thrown) -> assertThat(processor.process((ToolExecutionException) thrown))
				.startsWith("The tool '" + tool.getToolDefinition().name() + "' could not be run: ")
				.contains("first, second")
				.doesNotContain("127.0.0.1", "Exception", "\n"));
	}

}
