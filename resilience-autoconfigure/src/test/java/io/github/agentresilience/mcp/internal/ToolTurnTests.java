package io.github.agentresilience.mcp.internal;

import java.util.List;

import io.github.agentresilience.llm.internal.model.ToolFailures;
import io.github.agentresilience.support.McpTestServer;
import io.github.agentresilience.support.Reply;
import io.github.agentresilience.support.ScriptedProvider;
import io.github.agentresilience.support.TestApplication;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.ai.chat.client.ChatClient;
import org.springframework.ai.tool.ToolCallbackProvider;
import org.springframework.ai.tool.definition.ToolDefinition;
import org.springframework.ai.tool.execution.ToolExecutionException;
import org.springframework.context.ConfigurableApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/**
 * A turn of an agent in which one tool fails and another does not.
 */
@Timeout(90)
class ToolTurnTests {

	private static final String TWO_CALLS = """
			{"id":"c","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"finish_reason":"tool_calls",
			"message":{"role":"assistant","content":null,"tool_calls":[
			{"id":"call_1","type":"function","function":{"name":"pay","arguments":"{\\"text\\":\\"x\\"}"}},
			{"id":"call_2","type":"function","function":{"name":"look","arguments":"{\\"text\\":\\"y\\"}"}}]}}],
			"usage":{"prompt_tokens":1,"completion_tokens":1,"total_tokens":2}}""";

	private final ScriptedProvider provider = new ScriptedProvider().then(Reply.raw(200, "application/json", TWO_CALLS))
		.always(Reply.text("done"));

	private final McpTestServer first = new McpTestServer("one").with("pay", null).without("search", "echo");

	private final McpTestServer second = new McpTestServer("two").with("pay", null).without("search", "echo");

	private final McpTestServer third = new McpTestServer("three").with("look", null).without("search", "echo");

	private ConfigurableApplicationContext context;

	@AfterEach
	void close() {
		if (this.context != null) {
			this.context.close();
		}
		this.provider.close();
		this.first.close();
		this.second.close();
		this.third.close();
	}

	private ChatClient client(String type, String... properties) {
		this.context = TestApplication.run(List.of("resilience.llm.targets.a.base-url=" + this.provider.baseUrl(),
				"resilience.llm.targets.a.api-key=none", "resilience.llm.targets.a.model=m",
				"spring.ai.mcp.client.type=" + type,
				"spring.ai.mcp.client.streamable-http.connections.first.url=" + this.first.url(),
				"spring.ai.mcp.client.streamable-http.connections.second.url=" + this.second.url(),
				"spring.ai.mcp.client.streamable-http.connections.third.url=" + this.third.url(),
				"resilience.mcp.chains.payments=first,second", "resilience.mcp.timeout=5s",
				"resilience.mcp.retry.initial-backoff=10ms"), properties);
		ToolCallbackProvider tools = this.context.getBean(ToolCallbackProvider.class);
		assertThat(tools.getToolCallbacks()).extracting((tool) -> tool.getToolDefinition().name())
			.containsExactlyInAnyOrder("pay", "look");
		return this.context.getBean(ChatClient.Builder.class).defaultTools((Object[]) tools.getToolCallbacks()).build();
	}

	@ParameterizedTest
	@ValueSource(strings = { "SYNC", "ASYNC" })
	void theModelGetsBothResultsAndOneClearSentenceForTheToolThatFailed(String type) {
		ChatClient client = client(type);
		this.first.down();
		this.second.down();
		assertThat(client.prompt("pay and look").call().content()).isEqualTo("done");
		assertThat(this.provider.requestCount()).isEqualTo(2);
		String failed = toolResult("call_1");
		assertThat(failed).startsWith("The tool 'pay' could not be run: ")
			.contains("first, second")
			.endsWith(".")
			.doesNotContain("127.0.0.1", "http", "Exception", "\n", "\tat ", ". ");
		assertThat(toolResult("call_2")).contains("three: look of y");
		assertThat(this.third.executions("look")).isEqualTo(1);
	}

	private String toolResult(String call) {
		JsonNode body = JsonMapper.shared().readTree(this.provider.requests().get(1).body());
		for (JsonNode message : body.get("messages")) {
			if (message.has("tool_call_id") && message.get("tool_call_id").asString().equals(call)) {
				JsonNode content = message.get("content");
				return content.isString() ? content.asString() : content.get(0).get("text").asString();
			}
		}
		throw new AssertionError("No result of " + call + " in " + body);
	}

	@Test
	void whereFailuresAreToBeThrownThoseOfAChainAreToo() {
		ChatClient client = client("SYNC", "spring.ai.tools.throw-exception-on-error=true");
		this.first.down();
		this.second.down();
		assertThatThrownBy(() -> client.prompt("pay and look").call().content())
			.isInstanceOf(ToolExecutionException.class);
		assertThat(this.provider.requestCount()).isEqualTo(1);
	}

	@Test
	void whatSpringAiThrowsAtTheApplicationIsThrownAlsoWhereAChainHasItAsItsCause() {
		ToolFailures failures = new ToolFailures(false, List.of(LoginNeeded.class));
		LoginNeeded login = new LoginNeeded();
		ToolDefinition tool = ToolDefinition.builder().name("pay").description("pays").inputSchema("{}").build();
		ToolExecutionException bare = new ToolExecutionException(tool, login);
		ToolExecutionException wrapped = new ToolExecutionException(tool, new RuntimeException("a chain", login));
		assertThatThrownBy(() -> failures.process(bare)).isSameAs(login);
		assertThatThrownBy(() -> failures.process(wrapped)).isSameAs(login);
		assertThat(failures.process(new ToolExecutionException(tool, new RuntimeException("bad date"))))
			.isEqualTo("bad date");
	}

	private static final class LoginNeeded extends RuntimeException {

		LoginNeeded() {
			super("log in first");
		}

	}

}
