package io.github.agentresilience.llm;

import io.github.agentresilience.chain.Attempt;
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
 * What an attempt tells observers of a chat: who was asked for which model, which one answered, and what it used.
 *
 * @see <a href="https://opentelemetry.io/docs/specs/semconv/gen-ai/">Semantic conventions for GenAI</a>
 */
final class ChatDetails {

	private static final String PROVIDER = "gen_ai.provider.name";

	private static final String REQUEST_MODEL = "gen_ai.request.model";

	private static final String RESPONSE_MODEL = "gen_ai.response.model";

	private static final String INPUT_TOKENS = "gen_ai.usage.input_tokens";

	private static final String OUTPUT_TOKENS = "gen_ai.usage.output_tokens";

	private ChatDetails() {
	}

	/** Of another model than Spring AI's for OpenAI and what speaks like it, the provider is not known. */
	static void ofRequest(Attempt attempt, ChatModel model, @Nullable ChatOptions options) {
		attempt.detail(PROVIDER, (model instanceof OpenAiChatModel) ? "openai" : null);
		attempt.detail(REQUEST_MODEL, (options != null) ? text(options.getModel()) : null);
	}

	/** The usage comes with the last chunk of a stream, if at all. */
	static void ofAnswer(Attempt attempt, ChatResponse answer) {
		ChatResponseMetadata metadata = answer.getMetadata();
		attempt.detail(RESPONSE_MODEL, text(metadata.getModel()));
		Usage usage = metadata.getUsage();
		if (usage != null && !(usage instanceof EmptyUsage) && usage.getTotalTokens() > 0) {
			attempt.detail(INPUT_TOKENS, String.valueOf(usage.getPromptTokens()));
			attempt.detail(OUTPUT_TOKENS, String.valueOf(usage.getCompletionTokens()));
		}
	}

	private static @Nullable String text(@Nullable String value) {
		return StringUtils.hasText(value) ? value : null;
	}

}
