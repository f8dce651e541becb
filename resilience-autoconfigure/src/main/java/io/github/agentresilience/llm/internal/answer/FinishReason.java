package io.github.agentresilience.llm.internal.answer;

import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.jspecify.annotations.Nullable;

/**
 * Why an answer ended, as its provider says it. Spring AI knows OpenAI's five finish
 * reasons and makes all others look like an answer that has not ended, so synonyms are
 * translated into these. An unknown reason is kept, and its parts tell whether the answer
 * failed.
 *
 * @param word the provider's own word
 * @param meaning what it means
 */
public record FinishReason(String word, Meaning meaning) {

	private static final int LONGEST_WORD = 60;

	/** Sent by some with every chunk before the last. */
	private static final Set<String> NOT_YET = Set.of("", "null", "none", "not_finished", "unfinished", "in_progress");

	private static final Map<String, Meaning> WORDS = new HashMap<>();

	static {
		// TGI, Anthropic, Cohere, Bedrock, AI21, watsonx
		all(Meaning.STOP, "stop", "end_turn", "stop_sequence", "eos", "eos_token", "endoftext", "complete", "completed",
				"finish", "finished", "end", "done", "stopped", "stop_criteria_met", "stop_token", "stop_word");
		// Gemini, Anthropic, Mistral, Cohere (its ERROR_LIMIT too), watsonx
		all(Meaning.LENGTH, "length", "max_tokens", "max_length", "max_output_tokens", "max_new_tokens",
				"max_completion_tokens", "max_tokens_reached", "max_tokens_exceeded", "model_length", "token_limit",
				"token_limit_reached", "time_limit", "error_limit", "truncated");
		// GLM, Anthropic
		all(Meaning.CONTEXT_WINDOW, "model_context_window_exceeded", "context_window_exceeded",
				"context_length_exceeded", "context_length");
		all(Meaning.TOOL_CALLS, "tool_calls", "tool_call", "tool_use", "function_call");
		// Azure, GLM, Gemini, Anthropic, Bedrock, Cohere
		all(Meaning.CONTENT_FILTER, "content_filter", "content_filtered", "guardrail_intervened", "refusal", "safety",
				"image_safety", "recitation", "image_recitation", "language", "blocklist", "prohibited_content",
				"image_prohibited_content", "spii", "model_armor", "sensitive", "error_toxic");
		// Gemini, Bedrock
		all(Meaning.BAD_GENERATION, "malformed_function_call", "malformed_tool_call", "malformed_tool_use",
				"malformed_model_output", "malformed_response", "unexpected_tool_call", "too_many_tool_calls",
				"tool_call_error", "missing_thought_signature");
		// Ollama, where it was asked for no answer
		all(Meaning.FAILED, "load", "unload");
	}

	/** OpenAI's own, which are nearly all. */
	private static final Map<String, FinishReason> STANDARD = new HashMap<>();

	static {
		for (String word : new String[] { "stop", "length", "tool_calls", "content_filter", "function_call" }) {
			STANDARD.put(word, new FinishReason(word, Objects.requireNonNull(WORDS.get(word))));
		}
	}

	private static final String[] FILTERED = { "content_filter", "content_policy", "safety", "moderation", "prohibited",
			"toxic", "guardrail" };

	private static final String[] CUT = { "max_token", "token_limit", "context_window" };

	private static final String[] FAILED = { "error", "abort", "cancel", "fail", "interrupt", "timeout", "timed_out",
			"malformed", "insufficient", "overload", "capacity", "rate_limit", "unavailable", "disconnect", "preempt" };

	private static void all(Meaning meaning, String... words) {
		for (String word : words) {
			WORDS.put(word, meaning);
		}
	}

	/** Whether the word says that an answer is over and that all is well with it. */
	public static boolean isStop(@Nullable String word) {
		return word != null && WORDS.get(word.toLowerCase(Locale.ROOT)) == Meaning.STOP;
	}

	/**
	 * Reads the finish reason of a choice.
	 * @return {@code null} where the answer goes on
	 */
	static @Nullable FinishReason in(JsonNode choice) {
		FinishReason said = first(choice, "finish_reason", "finishReason", "stop_reason");
		FinishReason nativeReason = of(choice.get("native_finish_reason"));
		boolean saysMore = nativeReason != null && (said == null || said.meaning == Meaning.UNKNOWN
				|| (said.meaning == Meaning.STOP && nativeReason.isBad()));
		return saysMore ? nativeReason : said;
	}

	private static @Nullable FinishReason first(JsonNode choice, String... fields) {
		for (String field : fields) {
			FinishReason reason = of(choice.get(field));
			if (reason != null) {
				return reason;
			}
		}
		return null;
	}

	/** Reads a finish reason, which some servers make an object. */
	static @Nullable FinishReason of(@Nullable JsonNode value) {
		if (value == null || value.isNull() || value.isArray() || value.isBoolean()) {
			return null;
		}
		if (value.isObject()) {
			return first(value, "type", "reason", "finish_reason");
		}
		return of(value.asText());
	}

	static @Nullable FinishReason of(String text) {
		FinishReason standard = STANDARD.get(text);
		if (standard != null) {
			return standard;
		}
		String plain = text.strip().toLowerCase(Locale.ROOT).replace('-', '_').replace(' ', '_');
		if (NOT_YET.contains(plain)) {
			return null;
		}
		String word = text.strip();
		return new FinishReason((word.length() > LONGEST_WORD) ? word.substring(0, LONGEST_WORD) : word,
				meaning(plain));
	}

	private static Meaning meaning(String plain) {
		Meaning known = WORDS.get(plain);
		if (known != null) {
			return known;
		}
		return has(plain, FILTERED) ? Meaning.CONTENT_FILTER
				: has(plain, CUT) ? Meaning.LENGTH : has(plain, FAILED) ? Meaning.FAILED : Meaning.UNKNOWN;
	}

	private static boolean has(String plain, String[] parts) {
		for (String part : parts) {
			if (plain.contains(part)) {
				return true;
			}
		}
		return false;
	}

	/**
	 * The same in OpenAI's terms. An unknown reason is a stop to the SDK, which has no
	 * other term for the end of an answer; the answer's metadata hold the provider's own.
	 */
	String standard() {
		return switch (this.meaning) {
			case LENGTH, CONTEXT_WINDOW -> "length";
			case TOOL_CALLS -> "tool_calls";
			case CONTENT_FILTER -> "content_filter";
			default -> "stop";
		};
	}

	/**
	 * The error that the answer is in truth.
	 * @param hasSpoken whether the answer has said anything
	 * @return {@code null} where it is none
	 */
	@Nullable ObjectNode failure(boolean hasSpoken) {
		return switch (this.meaning) {
			case FAILED -> AnswerError.of(words(), "server_error", "server_error");
			case BAD_GENERATION -> AnswerError.of(words(), "invalid_generation", "tool_use_failed");
			case CONTEXT_WINDOW ->
				hasSpoken ? null : AnswerError.of(words(), "invalid_request_error", "context_length_exceeded");
			default -> null;
		};
	}

	/** Without whatever a server might put where a word is due. */
	private String words() {
		return "the answer ended with finish reason " + this.word.replaceAll("[^A-Za-z0-9_ -]", "");
	}

	/** Whether the answer did not come to an end that it was to come to. */
	private boolean isBad() {
		return this.meaning != Meaning.STOP && this.meaning != Meaning.TOOL_CALLS && this.meaning != Meaning.UNKNOWN;
	}

	/** Whether it is one of OpenAI's own. */
	public boolean isStandard() {
		return this.word.equals(standard()) || this.word.equals("function_call");
	}

	public enum Meaning {

		STOP, LENGTH, CONTEXT_WINDOW, TOOL_CALLS, CONTENT_FILTER, BAD_GENERATION, FAILED, UNKNOWN

	}

}
