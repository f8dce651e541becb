package io.github.agentresilience.llm.internal.model;

import io.github.agentresilience.chain.Exchange;
import io.github.agentresilience.chain.TokenUsage;
import org.jspecify.annotations.Nullable;

import org.springframework.ai.chat.metadata.ChatResponseMetadata;
import org.springframework.ai.chat.metadata.EmptyUsage;
import org.springframework.ai.chat.metadata.Usage;
import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.prompt.ChatOptions;
import org.springframework.ai.openai.OpenAiChatModel;
import org.springframework.util.StringUtils;

/**
 * What an attempt tells observers of a chat: who was asked for which model, which one
 * answered, and what it used.
 *
 * @see <a href="https://opentelemetry.io/docs/specs/semconv/gen-ai/">Semantic conventions
 * for GenAI</a>
 */
final class ChatDetails {

	private static final String PROVIDER = "gen_ai.provider.name";

	private static final String REQUEST_MODEL = "gen_ai.request.model";

	private static final String RESPONSE_MODEL = "gen_ai.response.model";

	private static final String INPUT_TOKENS = "gen_ai.usage.input_tokens";

	private static final String OUTPUT_TOKENS = "gen_ai.usage.output_tokens";

	private ChatDetails() {
	}

	/**
	 * Of another model than Spring AI's for OpenAI and what speaks like it, the provider
	 * is not known.
	 */
	static void ofRequest(Exchange attempt, ChatModel model, @Nullable ChatOptions options) {
		attempt.detail(PROVIDER, (model instanceof OpenAiChatModel) ? "openai" : null);
		attempt.detail(REQUEST_MODEL, (options != null) ? text(options.getModel()) : null);
	}

	/** The usage comes with the last chunk of a stream, if at all. */
	static void ofAnswer(Exchange attempt, ChatResponse answer) {
		ChatResponseMetadata metadata = answer.getMetadata();
		attempt.detail(RESPONSE_MODEL, text(metadata.getModel()));
		Usage usage = metadata.getUsage();
		if (usage != null && !(usage instanceof EmptyUsage)) {
			used(attempt, usage.getPromptTokens(), usage.getCompletionTokens());
		}
	}

	/** A chunk without usage says zero of both. */
	private static void used(Exchange attempt, @Nullable Integer input, @Nullable Integer output) {
		if (input != null && output != null && input >= 0 && output >= 0 && input + output > 0) {
			attempt.used(new TokenUsage(input, output));
			attempt.detail(INPUT_TOKENS, String.valueOf(input));
			attempt.detail(OUTPUT_TOKENS, String.valueOf(output));
		}
	}

	private static @Nullable String text(@Nullable String value) {
		return StringUtils.hasText(value) ? value : null;
	}

}
