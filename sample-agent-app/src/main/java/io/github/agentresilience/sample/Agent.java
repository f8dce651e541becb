package io.github.agentresilience.sample;

import org.springframework.ai.chat.client.ChatClient;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.mcp.SyncMcpToolCallbackProvider;
import org.springframework.stereotype.Component;

/**
 * The agent: a ChatClient with the tools of the MCP servers. Nothing in it knows of resilience.
 */
@Component
public class Agent {

	private final ChatClient chat;

	Agent(ChatClient.Builder builder, SyncMcpToolCallbackProvider tools) {
		this.chat = builder.defaultSystem("You are a helpful assistant. Use the tools where they help.")
			.defaultTools(tools)
			.build();
	}

	/**
	 * Answers a message, with as many tool calls as it takes.
	 * @throws RuntimeException when no target of a chain could answer
	 */
	public Answer ask(String message) {
		ChatResponse response = this.chat.prompt(message).call().chatResponse();
		return new Answer(response.getResult().getOutput().getText(),
				response.getMetadata().getOrDefault("resilience.target", ""), response.getMetadata().getModel(),
				response.getMetadata().getOrDefault("resilience.attempts", 1),
				response.getMetadata().getOrDefault("resilience.fallback", false));
	}

	/** What the agent said, and who served the last word of it. */
	public record Answer(String answer, String target, String model, int attempts, boolean fallback) {
	}

}
