package io.github.agentresilience.mcp.internal;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import io.github.agentresilience.chain.Layer;
import io.github.agentresilience.scorecard.internal.Scorecard;
import io.github.agentresilience.support.Logged;
import io.github.agentresilience.support.McpTestServer;
import io.modelcontextprotocol.client.McpSyncClient;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Attempts on MCP servers that another server made good are no errors to the log, over
 * either HTTP transport.
 */
class QuietMcpAttemptsTests extends McpFixture {

	private static Map<String, Runnable> failures(McpTestServer server) {
		Map<String, Runnable> failures = new LinkedHashMap<>();
		for (int status : new int[] { 401, 403, 404, 429, 500, 503 }) {
			failures.put("status " + status, () -> server.faults().status(status));
		}
		failures.put("no JSON", server.faults()::garbage);
		failures.put("cut", server.faults()::cut);
		failures.put("no response", server.faults()::noResponse);
		failures.put("internal error", () -> server.faults().jsonRpcError(-32603, "internal"));
		failures.put("no such method", () -> server.faults().jsonRpcError(-32601, "no such method"));
		failures.put("tool error", server.faults()::toolErrors);
		failures.put("no answer in time", () -> server.faults().delayTools(Duration.ofSeconds(20)));
		return failures;
	}

	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void anAttemptThatAnotherServerMadeGoodIsNoErrorToTheLog(boolean legacySse) {
		try (McpTestServer server = new McpTestServer("bad", legacySse)) {
			McpSyncClient client = client(chainOf(server, legacySse));
			// The first call of all may take longer than it has
			Awaitility.await().until(() -> text(call(client)).startsWith("bad: "));
			try (Logged logged = new Logged()) {
				failures(server).forEach((name, fault) -> {
					fault.run();
					assertThat(text(call(client))).as(name).startsWith("two: ");
					server.faults().heal();
					assertThat(logged.errors()).as(name).isEmpty();
					assertThat(logged.stackTraces()).as(name).isEmpty();
				});
			}
		}
	}

	private String[] chainOf(McpTestServer server, boolean legacySse) {
		String transport = legacySse ? "sse" : "streamable-http";
		List<String> properties = new ArrayList<>(
				List.of("resilience.mcp.retry.max-attempts=1", "resilience.mcp.timeout=2s",
						"resilience.mcp.breaker.minimum-calls=1000", "resilience.mcp.breaker.window=1000",
						"resilience.mcp.replay=always", "resilience.mcp.chains.search=bad,second,first",
						"spring.ai.mcp.client." + transport + ".connections.bad.url=" + server.url()));
		return properties.toArray(String[]::new);
	}

	/** The next session cannot be opened at once, and no caller waits for it. */
	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void aSessionThatIsLostWhileTheServerIsDownIsNoErrorToTheLog(boolean legacySse) {
		McpTestServer server = new McpTestServer("bad", legacySse);
		try (server) {
			McpSyncClient client = client(chainOf(server, legacySse));
			// The first call of all may take longer than it has
			Awaitility.await().until(() -> text(call(client)).startsWith("bad: "));
			try (Logged logged = new Logged()) {
				server.down();
				if (!legacySse) {
					// Back, but not ready: without a session's end this transport would
					// not notice that it was gone
					server.up();
					server.faults()
						.answers("initialize", (request) -> "\"error\":{\"code\":-32603,\"message\":\"not yet\"}");
				}
				assertThat(text(call(client))).startsWith("two: ");
				Awaitility.await().until(() -> !logged.of("io.github.agentresilience.mcp").isEmpty());
				if (!legacySse) {
					server.down();
					assertThat(text(call(client))).startsWith("two: ");
				}
				server.up();
				server.faults().heal();
				Awaitility.await().atMost(Duration.ofSeconds(30)).until(() -> text(call(client)).startsWith("bad: "));
				assertThat(logged.errors()).isEmpty();
			}
		}
	}

	@Test
	void whatALegacyServerRefusesKeepsItsStatus() {
		try (McpTestServer server = new McpTestServer("bad", true)) {
			McpSyncClient client = client(chainOf(server, true));
			assertThat(text(call(client))).startsWith("bad: ");
			for (int status : new int[] { 401, 429, 503 }) {
				server.faults().status(status);
				assertThat(text(call(client))).startsWith("two: ");
				assertThat(lastFailure()).contains(String.valueOf(status));
			}
		}
	}

	@Test
	void whatGoesWrongOnTheWayIsSaidInWords() {
		McpTestServer server = new McpTestServer("bad");
		try (server) {
			McpSyncClient client = client(chainOf(server, false));
			assertThat(text(call(client))).startsWith("bad: ");
			server.faults().cut();
			assertThat(text(call(client))).startsWith("two: ");
			assertThat(lastFailure()).startsWith("cut stream");
			server.faults().heal();
			server.down();
			assertThat(text(call(client))).startsWith("two: ");
			assertThat(text(call(client))).startsWith("two: ");
			assertThat(lastFailure()).isEqualTo("connection refused");
		}
	}

	private String lastFailure() {
		return this.context.getBean(Scorecard.class)
			.snapshot()
			.layers()
			.get(Layer.MCP)
			.targets()
			.get("bad")
			.lastFailure()
			.message();
	}

}
