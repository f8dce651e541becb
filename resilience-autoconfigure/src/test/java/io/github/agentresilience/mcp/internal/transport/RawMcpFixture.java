package io.github.agentresilience.mcp.internal.transport;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

import io.github.agentresilience.support.RawMcpServer;
import io.github.agentresilience.support.TestApplication;
import io.modelcontextprotocol.client.McpSyncClient;
import io.modelcontextprotocol.spec.McpSchema.CallToolRequest;
import io.modelcontextprotocol.spec.McpSchema.CallToolResult;
import io.modelcontextprotocol.spec.McpSchema.TextContent;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;

import org.springframework.context.ConfigurableApplicationContext;

/**
 * An application with two MCP servers in a chain, whose answers a test writes byte by
 * byte.
 */
@Timeout(90)
abstract class RawMcpFixture {

	final RawMcpServer primary = new RawMcpServer("one");

	final RawMcpServer backup = new RawMcpServer("two");

	ConfigurableApplicationContext context;

	@AfterEach
	void close() {
		if (this.context != null) {
			this.context.close();
		}
		this.primary.close();
		this.backup.close();
	}

	McpSyncClient client(String... more) {
		List<String> all = new ArrayList<>(List.of("spring.ai.model.chat=none",
				"spring.ai.mcp.client.streamable-http.connections.first.url=" + this.primary.url(),
				"spring.ai.mcp.client.streamable-http.connections.second.url=" + this.backup.url(),
				"resilience.mcp.chains.search=first,second", "resilience.mcp.timeout=20s",
				"resilience.mcp.retry.initial-backoff=10ms"));
		this.context = TestApplication.run(all, more);
		McpSyncClient client = (McpSyncClient) ((List<?>) this.context.getBean("mcpSyncClients")).get(0);
		Awaitility.await().atMost(30, TimeUnit.SECONDS).until(() -> call(client, "plain").equals("one"));
		client.listTools();
		this.primary.heal();
		this.backup.heal();
		return client;
	}

	static String call(McpSyncClient client, String tool) {
		return text(client.callTool(CallToolRequest.builder(tool).arguments(Map.of()).build()));
	}

	static String text(CallToolResult result) {
		return ((TextContent) result.content().get(0)).text();
	}

}
