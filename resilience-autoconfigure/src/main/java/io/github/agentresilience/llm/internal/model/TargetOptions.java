package io.github.agentresilience.llm.internal.model;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

import org.jspecify.annotations.Nullable;

import org.springframework.ai.chat.prompt.ChatOptions;
import org.springframework.ai.openai.OpenAiChatOptions;

/**
 * Options that one target insists on, whatever the prompt says: its model may know no
 * temperature, or a smaller answer than the others. What is {@code null} is left to the
 * prompt.
 *
 * @param temperature the randomness of the answer
 * @param topP the share of likely tokens to choose from
 * @param maxTokens the length of the answer, in tokens
 * @param maxCompletionTokens the same for OpenAI's reasoning models, which take no
 * {@code max_tokens}
 * @param frequencyPenalty against repeating a token often
 * @param presencePenalty against repeating a token at all
 * @param stop texts that end the answer
 * @param extraBody fields that are added to the request as they are; OpenAI-compatible
 * targets only
 */
public record TargetOptions(@Nullable Double temperature, @Nullable Double topP, @Nullable Integer maxTokens,
		@Nullable Integer maxCompletionTokens, @Nullable Double frequencyPenalty, @Nullable Double presencePenalty,
		@Nullable List<String> stop, Map<String, Object> extraBody) {

	public static final TargetOptions NONE = new TargetOptions(null, null, null, null, null, null, null, Map.of());

	/** The length of answer that the target insists on, {@code null} for the prompt's. */
	@Nullable Integer answerTokens() {
		return (this.maxCompletionTokens != null) ? this.maxCompletionTokens : this.maxTokens;
	}

	void applyTo(ChatOptions.Builder<?> builder) {
		if (this.temperature != null) {
			builder.temperature(this.temperature);
		}
		if (this.topP != null) {
			builder.topP(this.topP);
		}
		if (this.maxTokens != null) {
			builder.maxTokens(this.maxTokens);
		}
		if (this.frequencyPenalty != null) {
			builder.frequencyPenalty(this.frequencyPenalty);
		}
		if (this.presencePenalty != null) {
			builder.presencePenalty(this.presencePenalty);
		}
		if (this.stop != null) {
			builder.stopSequences(this.stop);
		}
		if (builder instanceof OpenAiChatOptions.Builder openAi) {
			applyLength(openAi);
		}
	}

	/**
	 * Only one of the two lengths may be set, and the builder takes none beside the
	 * other.
	 */
	private void applyLength(OpenAiChatOptions.Builder builder) {
		if (this.maxTokens != null) {
			builder.maxCompletionTokens(null).maxTokens(this.maxTokens);
		}
		if (this.maxCompletionTokens != null) {
			builder.maxTokens(null);
			builder.maxCompletionTokens(this.maxCompletionTokens);
		}
	}

	/**
	 * The extra fields of a request: those that travelled with the prompt, and over them
	 * the target's own.
	 */
	@Nullable Map<String, Object> extraBody(@Nullable Map<String, Object> travelled) {
		if (this.extraBody.isEmpty()) {
			return travelled;
		}
		Map<String, Object> all = new HashMap<>(travelled != null ? travelled : Map.of());
		all.putAll(this.extraBody);
		return all;
	}

}
