package io.github.agentresilience.llm.internal.fit;

import java.util.EnumSet;
import java.util.List;
import java.util.Set;

import io.github.agentresilience.llm.Capability;
import org.jspecify.annotations.Nullable;

import org.springframework.ai.chat.messages.AssistantMessage;
import org.springframework.ai.chat.messages.Message;
import org.springframework.ai.chat.messages.MessageType;
import org.springframework.ai.chat.prompt.ChatOptions;
import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.ai.content.MediaContent;
import org.springframework.ai.model.tool.StructuredOutputChatOptions;
import org.springframework.ai.model.tool.ToolCallingChatOptions;
import org.springframework.ai.openai.OpenAiChatModel.ResponseFormat;
import org.springframework.ai.openai.OpenAiChatOptions;
import org.springframework.ai.tool.ToolCallback;
import org.springframework.util.CollectionUtils;
import org.springframework.util.StringUtils;

/**
 * What a prompt needs of a target.
 */
final class PromptNeeds {

	private PromptNeeds() {
	}

	static Set<Capability> of(Prompt prompt) {
		Set<Capability> needs = EnumSet.noneOf(Capability.class);
		if (!tools(prompt).isEmpty()) {
			needs.add(Capability.TOOLS);
		}
		for (Message message : prompt.getInstructions()) {
			if (message.getMessageType() == MessageType.TOOL
					|| (message instanceof AssistantMessage answer && answer.hasToolCalls())) {
				needs.add(Capability.TOOLS);
			}
			if (message instanceof MediaContent content && !CollectionUtils.isEmpty(content.getMedia())) {
				needs.add(Capability.VISION);
			}
		}
		if (wantsForm(prompt.getOptions())) {
			needs.add(Capability.JSON);
		}
		return needs;
	}

	static List<ToolCallback> tools(Prompt prompt) {
		List<ToolCallback> tools = (prompt.getOptions() instanceof ToolCallingChatOptions options)
				? options.getToolCallbacks() : null;
		return (tools != null) ? tools : List.of();
	}

	private static boolean wantsForm(@Nullable ChatOptions options) {
		if (options instanceof OpenAiChatOptions openAi && openAi.getResponseFormat() != null) {
			return openAi.getResponseFormat().getType() != ResponseFormat.Type.TEXT;
		}
		return options instanceof StructuredOutputChatOptions structured
				&& StringUtils.hasText(structured.getOutputSchema());
	}

	/** How long the answer of a target may become, 0 where that is not known. */
	static int answerTokens(Prompt prompt, TargetLimits target) {
		if (target.answerTokens() != null) {
			return target.answerTokens();
		}
		Integer wanted = answerTokens(prompt.getOptions());
		Integer usual = target.usualAnswerTokens();
		return (wanted != null) ? wanted : (usual != null) ? usual : 0;
	}

	/** How long the answer may become by some options, {@code null} where none say. */
	static @Nullable Integer answerTokens(@Nullable ChatOptions options) {
		if (options instanceof OpenAiChatOptions openAi && openAi.getMaxCompletionTokens() != null) {
			return openAi.getMaxCompletionTokens();
		}
		return (options != null) ? options.getMaxTokens() : null;
	}

}
