package io.github.agentresilience.llm.internal.model;

import java.util.Arrays;
import java.util.List;

import io.github.agentresilience.chain.BudgetExhaustedException;
import io.github.agentresilience.chain.BudgetExhaustedException.What;
import io.github.agentresilience.chain.TurnBudget;
import io.github.agentresilience.llm.CallParams;
import io.github.agentresilience.support.McpTestServer;
import io.github.agentresilience.support.Reply;
import io.modelcontextprotocol.client.McpSyncClient;
import io.modelcontextprotocol.spec.McpSchema.CallToolRequest;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import org.springframework.ai.chat.client.ChatClient;
import org.springframework.ai.tool.ToolCallback;
import org.springframework.ai.tool.ToolCallbackProvider;
import org.springframework.ai.tool.annotation.Tool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

/**
 * Calls of MCP servers' tools are a part of the turn that they are made in.
 */
class TurnBudgetMcpTests extends LlmFixture {

	private final McpTestServer first = new McpTestServer("one");

	private final McpTestServer second = new McpTestServer("two");

	@AfterEach
	void closeServers() {
		this.first.close();
		this.second.close();
	}

	private ChatClient client(String type) {
		this.primary.always(Reply.toolCall("search", "{\"text\": \"x\"}"));
		model("spring.ai.mcp.client.type=" + type,
				"spring.ai.mcp.client.streamable-http.connections.first.url=" + this.first.url(),
				"spring.ai.mcp.client.streamable-http.connections.second.url=" + this.second.url(),
				"resilience.mcp.chains.tools=first,second", "resilience.mcp.retry.max-attempts=1");
		return this.context.getBean(ChatClient.Builder.class).build();
	}

	private ToolCallback[] tools() {
		ToolCallbackProvider provider = this.context.getBean(ToolCallbackProvider.class);
		Awaitility.await().until(() -> provider.getToolCallbacks().length == 2);
		return provider.getToolCallbacks();
	}

	private static BudgetExhaustedException exhausted(ChatClient client, boolean stream, int toolCalls,
			Object... tools) {
		return catchThrowableOfType(BudgetExhaustedException.class, () -> {
			ChatClient.ChatClientRequestSpec request = client.prompt("hi")
				.tools(tools)
				.advisors((advisors) -> advisors.param(CallParams.TURN_BUDGET,
						TurnBudget.unlimited().toolCalls(toolCalls)));
			List<String> answer = stream ? request.stream().content().collectList().block()
					: List.of(request.call().content());
			assertThat(answer).isNull();
		});
	}

	@ParameterizedTest
	@CsvSource({ "SYNC, false", "SYNC, true", "ASYNC, false", "ASYNC, true" })
	void aToolOfAnMcpServerCountsOnce(String type, boolean stream) {
		ChatClient client = client(type);
		BudgetExhaustedException thrown = exhausted(client, stream, 3, (Object[]) tools());
		assertThat(thrown.what()).isEqualTo(What.TOOL_CALLS);
		assertThat(thrown.spentOn()).containsOnlyKeys("a", "search");
		assertThat(thrown.spentOn().get("search")).hasToString("3 tool calls");
		assertThat(this.first.executions("search")).isEqualTo(3);
	}

	/** Two attempts for the first call, and one for the second, which ends the turn. */
	@ParameterizedTest
	@CsvSource({ "SYNC, false", "SYNC, true", "ASYNC, false", "ASYNC, true" })
	void aFurtherAttemptCountsToo(String type, boolean stream) {
		ChatClient client = client(type);
		ToolCallback[] tools = tools();
		this.first.faults().status(503);
		BudgetExhaustedException thrown = exhausted(client, stream, 3, (Object[]) tools);
		assertThat(thrown.what()).isEqualTo(What.TOOL_CALLS);
		assertThat(thrown.spentOn().get("search")).hasToString("2 tool calls");
		assertThat(thrown.spentOn().get("second")).hasToString("1 tool call");
		assertThat(this.second.executions("search")).isEqualTo(1);
		assertThat(this.primary.requestCount()).isEqualTo(2);
	}

	/** A server that is known not to have got the call has not run it. */
	@Test
	void anAttemptThatDidNotReachItsServerIsTheOneThatIsPaidFor() {
		ChatClient client = client("SYNC");
		ToolCallback[] tools = tools();
		this.first.down();
		BudgetExhaustedException thrown = exhausted(client, false, 2, (Object[]) tools);
		assertThat(thrown.spentOn()).containsOnlyKeys("a", "search");
		assertThat(this.second.executions("search")).isEqualTo(2);
	}

	/** The tool is one call, and so is what it asks besides. */
	@Test
	void aToolThatCallsMcpServersItselfPaysForEachCall() {
		ChatClient client = client("SYNC");
		this.primary.always(Reply.toolCall("thrice", "{}"));
		McpSyncClient server = (McpSyncClient) this.context.getBean("mcpSyncClients", List.class).get(0);
		tools();
		BudgetExhaustedException thrown = exhausted(client, false, 5, new Thrice(server));
		assertThat(thrown.spentOn().get("thrice")).hasToString("2 tool calls");
		assertThat(thrown.spentOn().get("first")).hasToString("3 tool calls");
		assertThat(this.first.executions("search")).isEqualTo(5);
	}

	/** Listing the tools of a server is no call of a tool. */
	@Test
	void housekeepingIsNotPaidFor() {
		ChatClient client = client("SYNC");
		this.primary.always(Reply.toolCall("names", "{}"));
		ToolCallbackProvider provider = this.context.getBean(ToolCallbackProvider.class);
		tools();
		assertThat(exhausted(client, false, 1, new Names(this.context.getBean("mcpSyncClients", List.class), provider))
			.spentOn()
			.get("names")).hasToString("1 tool call");
	}

	record Thrice(McpSyncClient server) {

		@Tool(description = "Searches three times")
		String thrice() {
			for (int i = 0; i < 3; i++) {
				this.server
					.callTool(CallToolRequest.builder("search").arguments(java.util.Map.of("text", "x")).build());
			}
			return "done";
		}

	}

	record Names(List<?> servers, ToolCallbackProvider provider) {

		@Tool(description = "Names the tools")
		String names() {
			this.servers.forEach((server) -> ((McpSyncClient) server).listTools());
			return Arrays.toString(this.provider.getToolCallbacks());
		}

	}

}
