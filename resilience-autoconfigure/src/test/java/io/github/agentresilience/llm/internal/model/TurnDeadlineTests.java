package io.github.agentresilience.llm.internal.model;

import java.time.Duration;
import java.util.List;

import io.github.agentresilience.chain.ChainExhaustedException;
import io.github.agentresilience.llm.CallParams;
import io.github.agentresilience.support.McpTestServer;
import io.github.agentresilience.support.Reply;
import org.awaitility.Awaitility;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.ai.chat.client.ChatClient;
import org.springframework.ai.mcp.SyncMcpToolCallbackProvider;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/**
 * One deadline over both layers: a model that calls a tool of an MCP server that does not
 * answer.
 */
class TurnDeadlineTests extends LlmFixture {

	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void aToolOfAnMcpServerHasWhatIsLeftOfTheTurn(boolean stream) {
		try (McpTestServer server = new McpTestServer("one")) {
			this.primary.always(Reply.toolCall("search", "{\"text\": \"x\"}"));
			model("spring.ai.mcp.client.streamable-http.connections.first.url=" + server.url());
			SyncMcpToolCallbackProvider tools = this.context.getBean(SyncMcpToolCallbackProvider.class);
			Awaitility.await().until(() -> tools.getToolCallbacks().length == 2);
			ChatClient client = this.context.getBean(ChatClient.Builder.class).build();
			server.faults().delayTools(Duration.ofSeconds(30));
			long start = System.nanoTime();
			assertThatThrownBy(() -> {
				ChatClient.ChatClientRequestSpec request = client.prompt("hi")
					.tools((Object[]) tools.getToolCallbacks())
					.advisors((advisors) -> advisors.param(CallParams.TURN_DEADLINE, Duration.ofSeconds(3)));
				List<String> answer = stream ? request.stream().content().collectList().block()
						: List.of(request.call().content());
				assertThat(answer).isNull();
			}).isInstanceOf(ChainExhaustedException.class).hasMessageContaining("deadline");
			assertThat(Duration.ofNanos(System.nanoTime() - start)).isBetween(Duration.ofMillis(2900),
					Duration.ofSeconds(15));
			assertThat(server.executions("search")).isEqualTo(1);
		}
	}

}
