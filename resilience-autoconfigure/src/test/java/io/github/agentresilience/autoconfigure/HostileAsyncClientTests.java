package io.github.agentresilience.autoconfigure;

import java.time.Duration;
import java.util.List;
import java.util.Map;

import io.github.agentresilience.support.McpTestServer;
import io.github.agentresilience.support.TestApplication;
import io.modelcontextprotocol.client.McpAsyncClient;
import io.modelcontextprotocol.spec.McpSchema.CallToolRequest;
import io.modelcontextprotocol.spec.McpSchema.TextContent;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import org.springframework.boot.WebApplicationType;
import org.springframework.context.ConfigurableApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Handlers of asynchronous MCP clients that throw cost no call its answer.
 */
@Timeout(60)
class HostileAsyncClientTests {

	private static final Duration DEADLINE = Duration.ofSeconds(3);

	private static final Duration GRACE = Duration.ofSeconds(3);

	@Test
	void eachCallIsAnsweredWhateverAHandlerThrows() {
		try (McpTestServer server = new McpTestServer("one").offeringAll()) {
			server.logging();
			server.progressIn(1);
			try (ConfigurableApplicationContext context = TestApplication.start(WebApplicationType.NONE,
					HostileBeans.class,
					List.of("spring.ai.model.chat=none", "spring.ai.mcp.client.type=ASYNC",
							"spring.ai.mcp.client.streamable-http.connections.first.url=" + server.url(),
							"resilience.mcp.timeout=1s", "resilience.mcp.deadline=3s",
							"resilience.mcp.reset-timeout-on-progress=true"))) {
				McpAsyncClient client = (McpAsyncClient) ((List<?>) context.getBean("mcpAsyncClients")).get(0);
				for (String place : List.of("mcp tools changed", "mcp progress", "mcp logging", HostileBeans.NOWHERE)) {
					HostileBeans.throwAt(place);
					for (int i = 0; i < 6; i++) {
						if (place.equals("mcp tools changed")) {
							HostileBeans.comeByTools(server);
						}
						assertThat(answer(client, place)).isEqualTo("one: echo of " + place);
					}
				}
			}
			finally {
				HostileBeans.throwAt(HostileBeans.NOWHERE);
			}
		}
	}

	private static String answer(McpAsyncClient client, String text) {
		return client.callTool(CallToolRequest.builder("echo").arguments(Map.of("text", text)).build())
			.map((result) -> ((TextContent) result.content().get(0)).text())
			.block(DEADLINE.plus(GRACE));
	}

}
