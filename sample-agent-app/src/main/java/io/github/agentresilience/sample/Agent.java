package io.github.agentresilience.sample;

import java.util.List;
import java.util.Objects;

import io.github.agentresilience.llm.CallParams;
import io.github.agentresilience.llm.StreamRestarts;
import reactor.core.publisher.Flux;

import org.springframework.ai.chat.client.ChatClient;
import org.springframework.ai.chat.metadata.ChatResponseMetadata;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.mcp.SyncMcpToolCallbackProvider;
import org.springframework.stereotype.Component;

/**
 * The agent: a ChatClient with the tools of the MCP servers. All that it knows of
 * resilience is which chain it asks, what answers it takes, who served, and that a stream
 * may begin anew.
 */
@Component
public class Agent {

	/** The chain that is asked where nothing is said. */
	public static final String DEFAULT_CHAIN = "default";

	private static final List<String> ACCEPTED = List.of("length", "schema", "tool-arguments");

	private final ChatClient chat;

	Agent(ChatClient.Builder builder, SyncMcpToolCallbackProvider tools) {
		this.chat = builder.defaultSystem("You are a helpful assistant. Use the tools where they help.")
			.defaultTools(tools)
			.build();
	}

	/** Asks the default chain. */
	public Answer ask(String message) {
		return ask(message, DEFAULT_CHAIN);
	}

	/**
	 * Answers a message, with as many tool calls as it takes.
	 * @param chain the chain that is asked
	 * @throws RuntimeException when no target of a chain could answer
	 */
	public Answer ask(String message, String chain) {
		ChatResponse response = this.chat.prompt(message)
			.advisors((advisors) -> advisors.param(CallParams.CHAIN, chain).param(CallParams.ACCEPT, ACCEPTED))
			.call()
			.chatResponse();
		return new Answer(response.getResult().getOutput().getText(),
				response.getMetadata().getOrDefault("resilience.target", ""), response.getMetadata().getModel(),
				response.getMetadata().getOrDefault("resilience.attempts", 1),
				response.getMetadata().getOrDefault("resilience.fallback", false));
	}

	/** Asks the default chain. */
	public Flux<Piece> stream(String message) {
		return stream(message, DEFAULT_CHAIN);
	}

	/**
	 * Answers a message as it goes, with as many tool calls as it takes. A stream that
	 * breaks begins anew.
	 * @param chain the chain that is asked
	 */
	public Flux<Piece> stream(String message, String chain) {
		return this.chat.prompt(message)
			.advisors((advisors) -> advisors.param(CallParams.CHAIN, chain))
			.stream()
			.chatResponse()
			.map(Agent::piece);
	}

	private static Piece piece(ChatResponse chunk) {
		String text = (chunk.getResult() != null) ? chunk.getResult().getOutput().getText() : null;
		ChatResponseMetadata metadata = chunk.getMetadata();
		return new Piece(Objects.requireNonNullElse(text, ""), StreamRestarts.isRestart(chunk),
				metadata.getOrDefault("resilience.target", ""), metadata.getOrDefault("resilience.attempts", 1),
				metadata.getOrDefault("resilience.fallback", false));
	}

	/**
	 * A piece of what the agent says, and who says it. Where it is a restart, what was
	 * said before is void.
	 */
	public record Piece(String text, boolean restart, String target, int attempts, boolean fallback) {
	}

	/** What the agent said, and who served the last word of it. */
	public record Answer(String answer, String target, String model, int attempts, boolean fallback) {
	}

}
