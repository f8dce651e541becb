package io.github.agentresilience.mcp.internal;

import java.time.Duration;
import java.util.List;
import java.util.Map;

import io.github.agentresilience.chain.Layer;
import io.github.agentresilience.chain.internal.engine.ChainRegistry;
import io.github.agentresilience.scorecard.internal.Scorecard;
import io.github.agentresilience.scorecard.internal.Summary;
import io.github.agentresilience.support.McpTestServer;
import io.github.agentresilience.support.TestApplication;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.modelcontextprotocol.client.McpAsyncClient;
import io.modelcontextprotocol.client.McpSyncClient;
import io.modelcontextprotocol.spec.McpSchema.CallToolRequest;
import io.modelcontextprotocol.spec.McpSchema.CallToolResult;
import io.modelcontextprotocol.spec.McpSchema.TextContent;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;

import org.springframework.context.ConfigurableApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * An application with two MCP connections, first and second, in the chain search.
 */
@Timeout(90)
public abstract class McpFixture {

	public final McpTestServer primary = new McpTestServer("one");

	public final McpTestServer fallback = new McpTestServer("two");

	public ConfigurableApplicationContext context;

	@AfterEach
	public void close() {
		if (this.context != null) {
			this.context.close();
		}
		this.primary.close();
		this.fallback.close();
	}

	public McpSyncClient client(String... properties) {
		this.context = TestApplication.run(List.of("spring.ai.model.chat=none",
				"spring.ai.mcp.client.streamable-http.connections.first.url=" + this.primary.url(),
				"spring.ai.mcp.client.streamable-http.connections.second.url=" + this.fallback.url(),
				"resilience.mcp.chains.search=first,second", "resilience.mcp.timeout=20s",
				"resilience.mcp.deadline=40s", "resilience.mcp.retry.initial-backoff=10ms"), properties);
		List<McpSyncClient> clients = clients();
		assertThat(clients).hasSize(1);
		return clients.get(0);
	}

	@SuppressWarnings("unchecked")
	public List<McpSyncClient> clients() {
		return (List<McpSyncClient>) this.context.getBean("mcpSyncClients");
	}

	public static CallToolResult call(McpSyncClient client) {
		return client.callTool(CallToolRequest.builder("search").arguments(Map.of("text", "x")).build());
	}

	public static String text(CallToolResult result) {
		return ((TextContent) result.content().get(0)).text();
	}

	public CircuitBreaker breaker(String connection) {
		return this.context.getBean(ChainRegistry.class)
			.targets(Layer.MCP)
			.stream()
			.filter((target) -> target.name().equals(connection))
			.findFirst()
			.orElseThrow()
			.breaker();
	}

	public Summary summary() {
		return this.context.getBean(Scorecard.class).snapshot().layers().get(Layer.MCP).summary();
	}

	public static CallToolResult call(McpSyncClient client, String tool, String text) {
		return client.callTool(CallToolRequest.builder(tool).arguments(Map.of("text", text)).build());
	}

	public McpAsyncClient async(String... properties) {
		this.context = TestApplication.run(List.of("spring.ai.model.chat=none", "spring.ai.mcp.client.type=ASYNC",
				"spring.ai.mcp.client.streamable-http.connections.first.url=" + this.primary.url(),
				"spring.ai.mcp.client.streamable-http.connections.second.url=" + this.fallback.url(),
				"resilience.mcp.chains.search=first,second", "resilience.mcp.timeout=20s",
				"resilience.mcp.deadline=40s", "resilience.mcp.retry.initial-backoff=10ms"), properties);
		List<?> clients = (List<?>) this.context.getBean("mcpAsyncClients");
		assertThat(clients).hasSize(1);
		return (McpAsyncClient) clients.get(0);
	}

	public static CallToolResult call(McpAsyncClient client, String tool) {
		return client.callTool(CallToolRequest.builder(tool).arguments(Map.of("text", "x")).build())
			.block(Duration.ofSeconds(30));
	}

}
