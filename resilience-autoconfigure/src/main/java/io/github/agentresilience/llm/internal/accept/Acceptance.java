package io.github.agentresilience.llm.internal.accept;

import java.util.List;
import java.util.Set;
import java.util.function.Supplier;

import io.github.agentresilience.chain.internal.foreign.ForeignCode;
import io.github.agentresilience.llm.Accept;
import io.github.agentresilience.llm.AnswerAcceptor;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

import org.springframework.ai.chat.messages.AssistantMessage;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.prompt.ChatOptions;
import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.ai.model.tool.StructuredOutputChatOptions;
import org.springframework.ai.model.tool.ToolCallingChatOptions;
import org.springframework.ai.openai.OpenAiChatModel.ResponseFormat;
import org.springframework.ai.openai.OpenAiChatOptions;
import org.springframework.ai.tool.ToolCallback;

/**
 * What one target's answers must be like in one chain.
 *
 * @param accept what is judged unless a call says something else
 * @param acceptors those of the application
 */
public record Acceptance(Set<Accept> accept, List<AnswerAcceptor> acceptors) {

	/**
	 * Judges an answer.
	 * @param prompt what was asked
	 * @param terms what the call itself says
	 * @param said the answer
	 * @param cutOff whether it ended at its most tokens
	 * @param whole the answer in one piece
	 * @return why it is not accepted, {@code null} where it is
	 */
	public @Nullable Unacceptable judge(Prompt prompt, Terms terms, Said said, boolean cutOff,
			Supplier<ChatResponse> whole) {
		Set<Accept> named = (terms.accept() != null) ? terms.accept() : this.accept;
		if (!said.toolCalls().isEmpty()) {
			return named.contains(Accept.TOOL_ARGUMENTS) && !argumentsFit(prompt, said) ? Unacceptable.TOOL_ARGUMENTS
					: null;
		}
		if (said.isEmpty() && !cutOff) {
			return Unacceptable.EMPTY;
		}
		if (said.text().isBlank() && !said.media() && !said.refusal() && (cutOff || said.reasoning())) {
			return Unacceptable.NO_TEXT;
		}
		if (said.refusal() && named.contains(Accept.REFUSAL)) {
			return Unacceptable.REFUSAL;
		}
		if (cutOff && named.contains(Accept.LENGTH)) {
			return Unacceptable.LENGTH;
		}
		if (!converts(terms, said.text())) {
			return Unacceptable.ENTITY;
		}
		if (named.contains(Accept.SCHEMA) && !fits(prompt.getOptions(), terms.schema(), said.text())) {
			return Unacceptable.SCHEMA;
		}
		return isAccepted(this.acceptors, prompt, whole) && isAccepted(terms.acceptors(), prompt, whole) ? null
				: Unacceptable.ACCEPTOR;
	}

	private static boolean isAccepted(List<AnswerAcceptor> acceptors, Prompt prompt, Supplier<ChatResponse> whole) {
		for (AnswerAcceptor acceptor : acceptors) {
			if (ForeignCode.isTrue(acceptor, () -> !acceptor.accepts(prompt, whole.get()))) {
				return false;
			}
		}
		return true;
	}

	/**
	 * Whether the answer converts to what the call said. Of a client's
	 * {@code entity(Type)} only the instructions to the model are known here: the answer
	 * must be JSON of their form. A converter makes good much that their schema forbids.
	 */
	private static boolean converts(Terms terms, String text) {
		if (terms.entity() != null) {
			try {
				terms.entity().convert(text);
				return true;
			}
			catch (RuntimeException notConverted) {
				return false;
			}
		}
		String schema = terms.schema();
		if (schema == null) {
			return true;
		}
		JsonNode json = JsonText.ofAnswer(text);
		JsonNode described = JsonText.read(schema);
		String type = (described != null) ? described.path("type").asString("") : "";
		return switch (type) {
			case "object" -> json != null && json.isObject();
			case "array" -> json != null && json.isArray();
			default -> json != null;
		};
	}

	private static boolean fits(@Nullable ChatOptions options, @Nullable String ofClient, String text) {
		String schema = (ofClient != null) ? ofClient : schema(options);
		if (schema == null && !asksForJson(options)) {
			return true;
		}
		JsonNode json = JsonText.ofAnswer(text);
		return json != null && (schema == null || JsonSchemas.allows(schema, json));
	}

	private static @Nullable String schema(@Nullable ChatOptions options) {
		String schema = (options instanceof StructuredOutputChatOptions structured) ? structured.getOutputSchema()
				: null;
		return (schema == null || schema.isBlank()) ? null : schema;
	}

	private static boolean asksForJson(@Nullable ChatOptions options) {
		return options instanceof OpenAiChatOptions openAi && openAi.getResponseFormat() != null
				&& openAi.getResponseFormat().getType() == ResponseFormat.Type.JSON_OBJECT;
	}

	private static boolean argumentsFit(Prompt prompt, Said said) {
		List<ToolCallback> tools = (prompt.getOptions() instanceof ToolCallingChatOptions options)
				? options.getToolCallbacks() : null;
		if (tools == null) {
			return true;
		}
		for (AssistantMessage.ToolCall call : said.toolCalls()) {
			for (ToolCallback tool : tools) {
				if (tool.getToolDefinition().name().equals(call.name())
						&& !allows(tool.getToolDefinition().inputSchema(), call.arguments())) {
					return false;
				}
			}
		}
		return true;
	}

	private static boolean allows(String schema, String arguments) {
		JsonNode json = JsonText.read(arguments.isBlank() ? "{}" : arguments);
		return json != null && JsonSchemas.allowsArguments(schema, json);
	}

}
