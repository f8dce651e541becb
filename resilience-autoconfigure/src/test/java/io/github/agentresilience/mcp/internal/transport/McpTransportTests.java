package io.github.agentresilience.mcp.internal.transport;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

import io.github.agentresilience.chain.ChainExhaustedException;
import io.github.agentresilience.chain.Layer;
import io.github.agentresilience.chain.NotReplayedException;
import io.github.agentresilience.mcp.internal.McpFixture;
import io.github.agentresilience.scorecard.internal.Scorecard;
import io.github.agentresilience.support.McpTestServer;
import io.github.agentresilience.support.StdioTestServer;
import io.github.agentresilience.support.TestApplication;
import io.modelcontextprotocol.client.McpAsyncClient;
import io.modelcontextprotocol.client.McpSyncClient;
import io.modelcontextprotocol.spec.McpSchema.CallToolRequest;
import io.modelcontextprotocol.spec.McpSchema.CallToolResult;
import io.modelcontextprotocol.spec.McpSchema.ToolAnnotations;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.ai.mcp.AsyncMcpToolCallbackProvider;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/**
 * The other transports, and asynchronous clients.
 */
class McpTransportTests extends McpFixture {

	@Test
	void aLegacySseServerThatDiesAndComesBackIsUsedAgain() {
		try (McpTestServer sse = new McpTestServer("sse", true)) {
			this.context = TestApplication
				.run(List.of("spring.ai.model.chat=none", "spring.ai.mcp.client.sse.connections.old.url=" + sse.url(),
						"spring.ai.mcp.client.streamable-http.connections.second.url=" + this.fallback.url(),
						"resilience.mcp.chains.search=old,second", "resilience.mcp.timeout=2s",
						"resilience.mcp.breaker.open-for=500ms", "resilience.mcp.retry.initial-backoff=10ms"));
			McpSyncClient client = clients().get(0);
			Awaitility.await().until(() -> text(call(client)).startsWith("sse: "));
			sse.faults().status(503);
			assertThat(text(call(client))).startsWith("two: ");
			sse.faults().heal();
			sse.down();
			assertThat(text(call(client))).startsWith("two: ");
			sse.up();
			Awaitility.await().atMost(30, TimeUnit.SECONDS).until(() -> text(call(client)).startsWith("sse: "));
		}
	}

	@Test
	void aLegacySseServerThatForgotTheSessionIsUsedAgain() {
		try (McpTestServer sse = new McpTestServer("sse", true)) {
			this.context = TestApplication
				.run(List.of("spring.ai.model.chat=none", "spring.ai.mcp.client.sse.connections.old.url=" + sse.url(),
						"resilience.mcp.timeout=3s", "resilience.mcp.breaker.open-for=300ms"));
			McpSyncClient client = clients().get(0);
			Awaitility.await().until(() -> text(call(client)).startsWith("sse: "));
			sse.down();
			sse.up();
			Awaitility.await()
				.atMost(30, TimeUnit.SECONDS)
				.ignoreExceptions()
				.until(() -> text(call(client)).startsWith("sse: "));
		}
	}

	/** Its reconnections were paced, and every call waited with them. */
	@Test
	void callsDoNotWaitForALegacySseServerThatRefusesConnectionsWhileAProcessIsKilledBesideIt(@TempDir Path folder)
			throws Exception {
		McpTestServer sse = new McpTestServer("sse", true);
		McpSyncClient client = stdio(folder.resolve("starts"), ONE_BY_ONE,
				"spring.ai.mcp.client.sse.connections.old.url=" + sse.url(), "resilience.mcp.chains.search=old,local",
				"resilience.mcp.retry.initial-backoff=1ms", "resilience.mcp.retry.budget=1",
				// An open breaker would keep the calls away
				"resilience.mcp.breaker.minimum-calls=1000", "resilience.mcp.breaker.window=1000");
		Awaitility.await().atMost(30, TimeUnit.SECONDS).until(() -> text(call(client)).startsWith("sse: "));
		sse.close();
		String pid = run(client, "pid");
		long start = System.nanoTime();
		for (int i = 0; i < 5; i++) {
			run(client, "pid");
		}
		assertThat(Duration.ofNanos(System.nanoTime() - start)).as("five calls past a dead server")
			.isLessThan(Duration.ofSeconds(10));
		ProcessHandle.of(Long.parseLong(pid)).orElseThrow().destroyForcibly();
		start = System.nanoTime();
		assertThat(run(client, "pid")).isNotEqualTo(pid);
		assertThat(Duration.ofNanos(System.nanoTime() - start)).as("a call while the process starts anew")
			.isLessThan(Duration.ofSeconds(15));
	}

	private static final String ONE_BY_ONE = "spring.ai.mcp.client.stdio.connections.local.args[5]=one-by-one";

	private McpSyncClient stdio(Path starts, String... more) {
		String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
		List<String> properties = new ArrayList<>(List.of("spring.ai.model.chat=none",
				"spring.ai.mcp.client.stdio.connections.local.command=" + java,
				"spring.ai.mcp.client.stdio.connections.local.args[0]=-XX:TieredStopAtLevel=1",
				"spring.ai.mcp.client.stdio.connections.local.args[1]=-cp",
				"spring.ai.mcp.client.stdio.connections.local.args[2]=" + System.getProperty("java.class.path"),
				"spring.ai.mcp.client.stdio.connections.local.args[3]=" + StdioTestServer.class.getName(),
				"spring.ai.mcp.client.stdio.connections.local.args[4]=" + starts, "resilience.mcp.timeout=10s"));
		this.context = TestApplication.run(properties, more);
		return clients().get(0);
	}

	private static String run(McpSyncClient client, String tool) {
		return text(client.callTool(CallToolRequest.builder(tool).arguments(Map.of()).build()));
	}

	@Test
	void theProcessOfAStdioServerIsStartedAnewWhenItDies(@TempDir Path folder) throws IOException {
		Path starts = folder.resolve("starts");
		McpSyncClient client = stdio(starts, ONE_BY_ONE, "resilience.mcp.tools.die.replay=never");
		String first = run(client, "pid");
		long start = System.nanoTime();
		assertThatThrownBy(() -> run(client, "die")).isInstanceOf(NotReplayedException.class);
		assertThat(Duration.ofNanos(System.nanoTime() - start)).as("noticed without a timeout")
			.isLessThan(Duration.ofSeconds(9));
		Awaitility.await()
			.atMost(30, TimeUnit.SECONDS)
			.ignoreExceptions()
			.until(() -> !run(client, "pid").equals(first));
		assertThat(Files.readAllLines(starts)).hasSize(2);
	}

	@Test
	@ExtendWith(OutputCaptureExtension.class)
	void aStdioServerThatWritesWhatIsNoMessageIsHeardAllTheSame(@TempDir Path folder, CapturedOutput output)
			throws IOException {
		Path starts = folder.resolve("starts");
		McpSyncClient client = stdio(starts, ONE_BY_ONE, "resilience.mcp.replay=never");
		String first = run(client, "pid");
		for (int i = 0; i < 3; i++) {
			assertThat(run(client, "babble")).isEqualTo("heard");
		}
		assertThat(run(client, "pid")).isEqualTo(first);
		assertThat(Files.readAllLines(starts)).hasSize(1);
		assertThat(output).containsOnlyOnce("'local' writes lines to its standard output");
	}

	@Test
	void manyCallsAtOnceOfAStdioServerAreAllSent(@TempDir Path folder) throws Exception {
		McpSyncClient client = stdio(folder.resolve("starts"), ONE_BY_ONE, "resilience.mcp.replay=never");
		String first = run(client, "pid");
		ExecutorService callers = Executors.newFixedThreadPool(16);
		try {
			List<Future<String>> calls = new ArrayList<>();
			for (int i = 0; i < 4_000; i++) {
				calls.add(callers.submit(() -> run(client, "pid")));
			}
			for (Future<String> call : calls) {
				assertThat(call.get()).isEqualTo(first);
			}
		}
		finally {
			callers.shutdownNow();
		}
	}

	@Test
	void aStdioServerWhoseConnectionIsDeadIsStartedAnewThoughItsProcessIsUp(@TempDir Path folder) {
		McpSyncClient impatient = stdio(folder.resolve("starts"), "resilience.mcp.breaker.minimum-calls=20",
				"resilience.mcp.tools.pid.timeout=5s", "resilience.mcp.tools.mute.timeout=1s");
		String first = run(impatient, "pid");
		assertThatThrownBy(() -> run(impatient, "mute")).isInstanceOf(ChainExhaustedException.class);
		Awaitility.await()
			.atMost(30, TimeUnit.SECONDS)
			.ignoreExceptions()
			.until(() -> !run(impatient, "pid").equals(first));
	}

	@Test
	void aStdioServerThatIsOnlyBusyIsNotStartedAnew(@TempDir Path folder) throws IOException {
		Path starts = folder.resolve("starts");
		McpSyncClient impatient = stdio(starts, "resilience.mcp.breaker.minimum-calls=20",
				"resilience.mcp.tools.work.timeout=300ms");
		String first = run(impatient, "pid");
		assertThatThrownBy(() -> run(impatient, "work")).isInstanceOf(ChainExhaustedException.class);
		Awaitility.await()
			.during(5, TimeUnit.SECONDS)
			.atMost(30, TimeUnit.SECONDS)
			.until(() -> Files.readAllLines(starts).size() == 1);
		assertThat(run(impatient, "pid")).isEqualTo(first);
	}

	@Test
	void aStdioServerThatCannotBeStartedStopsNoOther() {
		this.context = TestApplication.run(List.of("spring.ai.model.chat=none",
				"spring.ai.mcp.client.stdio.connections.local.command=no-such-command",
				"spring.ai.mcp.client.stdio.connections.local.args[0]=--none",
				"spring.ai.mcp.client.streamable-http.connections.second.url=" + this.fallback.url(),
				"resilience.mcp.chains.search=local,second"));
		long start = System.nanoTime();
		assertThat(text(call(clients().get(0)))).startsWith("two: ");
		assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(9));
	}

	@Test
	void anAsynchronousClientGoesThroughTheChain() {
		McpAsyncClient client = async();
		assertThat(text(call(client, "search"))).startsWith("one: ");
		assertThat(client.listTools().block().tools()).hasSize(2);
		assertThat(client.ping().block()).isNotNull();
		assertThat(
				this.context.getBean(AsyncMcpToolCallbackProvider.class).getToolCallbacks()[0].call("{\"text\":\"y\"}"))
			.contains("one: ");
		this.primary.faults().status(503);
		assertThat(text(call(client, "search"))).startsWith("two: ");
		assertThat(breaker("first").getMetrics().getNumberOfFailedCalls()).isEqualTo(2);
		assertThat(this.context.getBean(Scorecard.class).snapshot().layers().get(Layer.MCP).summary().calls())
			.isEqualTo(3);
	}

	@Test
	void anAsynchronousCallIsJudgedCancelledAndNotReplayedLikeAnyOther() {
		ToolAnnotations destructive = ToolAnnotations.builder().destructiveHint(true).build();
		this.primary.with("charge", destructive);
		this.fallback.with("charge", destructive);
		McpAsyncClient client = async("resilience.mcp.timeout=1s");
		client.listTools().block();
		this.primary.faults().toolErrors();
		assertThat(text(call(client, "search"))).startsWith("two: ");
		this.fallback.faults().toolErrors();
		CallToolResult both = call(client, "search");
		assertThat(both.isError()).isTrue();
		assertThat(text(both)).isEqualTo("one: failed");
		this.primary.faults().heal();
		this.fallback.faults().heal();
		this.primary.faults().delayTools(Duration.ofSeconds(3));
		assertThat(text(call(client, "search"))).startsWith("two: ");
		Awaitility.await().until(() -> this.primary.faults().received("notifications/cancelled") == 1);
		assertThatThrownBy(() -> call(client, "charge")).isInstanceOf(NotReplayedException.class);
		assertThat(this.primary.executions("charge") + this.fallback.executions("charge")).isEqualTo(1);
	}

	@Test
	void anAsynchronousClientSurvivesRestartsAndDeadServers() {
		McpAsyncClient client = async();
		assertThat(text(call(client, "search"))).startsWith("one: ");
		this.primary.down();
		this.primary.up();
		assertThat(text(call(client, "search"))).startsWith("one: ");
		this.primary.down();
		assertThat(text(call(client, "search"))).startsWith("two: ");
		client.listTools().block();
		this.fallback.down();
		assertThatThrownBy(() -> call(client, "search")).isInstanceOf(ChainExhaustedException.class);
		assertThat(client.listTools().block().tools()).hasSize(2);
	}

}
