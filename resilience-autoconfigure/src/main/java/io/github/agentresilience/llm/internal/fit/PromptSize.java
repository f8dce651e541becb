package io.github.agentresilience.llm.internal.fit;

import java.util.List;
import java.util.function.ToLongFunction;

import org.jspecify.annotations.Nullable;

import org.springframework.ai.chat.messages.AssistantMessage;
import org.springframework.ai.chat.messages.Message;
import org.springframework.ai.chat.messages.ToolResponseMessage;
import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.ai.content.MediaContent;
import org.springframework.ai.tokenizer.TokenCountEstimator;
import org.springframework.ai.tool.ToolCallback;
import org.springframework.ai.tool.definition.ToolDefinition;

/**
 * Estimates how many tokens a prompt has. Each model has its own tokens, so there is a
 * margin.
 */
final class PromptSize {

	/** By so many percent other models' tokens may be more than those estimated. */
	static final int MARGIN = 10;

	/** What goes around a message, a tool call, a result or a tool. */
	static final int AROUND = 8;

	/** What providers count for an image of common size. */
	static final int MEDIUM = 1_000;

	/** No text has more tokens than bytes in UTF-8. */
	private static final ToLongFunction<String> AT_MOST = (text) -> 3L * text.length();

	private final TokenCountEstimator estimator;

	PromptSize(TokenCountEstimator estimator) {
		this.estimator = estimator;
	}

	/**
	 * Whether a prompt needs no counting to be known to have no more tokens than that.
	 */
	boolean isCertainlyAtMost(Prompt prompt, int tokens) {
		return withMargin(count(prompt, AT_MOST)) <= tokens;
	}

	int tokens(Prompt prompt) {
		return (int) Math.min(Integer.MAX_VALUE, withMargin(count(prompt, this.estimator::estimate)));
	}

	private static long withMargin(long tokens) {
		return tokens + tokens * MARGIN / 100;
	}

	private static long count(Prompt prompt, ToLongFunction<String> measure) {
		long sum = 0;
		for (Message message : prompt.getInstructions()) {
			sum += of(message.getText(), measure);
			if (message instanceof MediaContent content && content.getMedia() != null) {
				sum += (long) content.getMedia().size() * MEDIUM;
			}
			if (message instanceof AssistantMessage answer) {
				for (AssistantMessage.ToolCall call : answer.getToolCalls()) {
					sum += of(call.name(), measure) + of(call.arguments(), measure);
				}
			}
			if (message instanceof ToolResponseMessage results) {
				for (ToolResponseMessage.ToolResponse result : results.getResponses()) {
					sum += of(result.responseData(), measure);
				}
			}
		}
		List<ToolCallback> tools = PromptNeeds.tools(prompt);
		for (ToolCallback tool : tools) {
			ToolDefinition definition = tool.getToolDefinition();
			sum += of(definition.name(), measure) + of(definition.description(), measure)
					+ of(definition.inputSchema(), measure);
		}
		return sum;
	}

	private static long of(@Nullable String text, ToLongFunction<String> measure) {
		return AROUND + ((text == null || text.isEmpty()) ? 0 : measure.applyAsLong(text));
	}

}
