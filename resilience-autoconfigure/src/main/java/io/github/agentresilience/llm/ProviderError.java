package io.github.agentresilience.llm;

import java.time.Duration;
import java.util.Locale;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.openai.core.ObjectMappers;
import org.jspecify.annotations.Nullable;

/**
 * What a provider said of its error, whichever client brought it.
 *
 * @param status the HTTP status, or what an error inside an answer of status 200 stands for; 0 where there is none
 * @param code the provider's own codes and types, in lower case; empty where it gives none
 * @param words all that it said, in lower case, for those who say it in prose only. Never shown: providers repeat
 * keys and prompts
 * @param retryAfter how long it asked to be left alone
 */
record ProviderError(int status, String code, String words, @Nullable Duration retryAfter) {

	/** OpenAI, Groq and LiteLLM; Anthropic; Gemini; Bedrock; llama.cpp; xAI. */
	private static final String[] TOO_LONG = { "context_length_exceeded", "contextwindowexceeded", "maximum context",
			"context window", "reduce the length of the messages", "prompt is too long", "exceed context limit",
			"exceeds the maximum number of tokens", "input is too long", "too many input tokens",
			"exceeds the available context size", "maximum prompt length" };

	ProviderError {
		code = code.strip().toLowerCase(Locale.ROOT);
		words = code + " " + words.toLowerCase(Locale.ROOT);
	}

	/**
	 * Reads an error that is there as text only, such as the body of an answer.
	 * @param text JSON, perhaps with words before it; or words alone, in which case the codes are looked for among them
	 */
	static ProviderError ofText(int status, String text, @Nullable Duration retryAfter) {
		return new ProviderError(status, codesIn(text), text, retryAfter);
	}

	private static String codesIn(String text) {
		int start = text.indexOf('{');
		if (start < 0) {
			return text;
		}
		try {
			JsonNode root = ObjectMappers.jsonMapper().readTree(text.substring(start));
			JsonNode error = root.path("error").isObject() ? root.get("error") : root;
			return String.join(" ", error.path("code").asText(), error.path("type").asText(),
					error.path("innererror").path("code").asText(), root.path("error").isTextual() ? text : "");
		}
		catch (JsonProcessingException ex) {
			return text;
		}
	}

	/** What it means beyond its status. */
	Meaning meaning() {
		if (codeHas("content_filter", "content_policy", "contentpolicyviolation", "responsibleaipolicyviolation")
				|| wordsHave("content management policy") || this.status == 446) {
			return Meaning.CONTENT_FILTER;
		}
		if (codeHas("context_length", "contextwindowexceeded", "exceed_context_size") || wordsHave(TOO_LONG)) {
			return Meaning.CONTEXT_LENGTH;
		}
		if (codeHas("insufficient_quota", "budget_exceeded", "billing_hard_limit_reached", "billing_not_active",
				"blocked_api_access") || wordsHave("budget has been exceeded", "credit balance is too low")) {
			return Meaning.QUOTA;
		}
		if (codeHas("model_not_found", "deploymentnotfound", "model_decommissioned", "key_model_access_denied",
				"model_terms_required") || wordsHave("invalid model name", "llm provider not provided",
						"model identifier is invalid")) {
			return Meaning.UNKNOWN_MODEL;
		}
		if (codeHas("tool_use_failed", "json_validate_failed")) {
			return Meaning.BAD_GENERATION;
		}
		return Meaning.AS_ITS_STATUS;
	}

	private boolean codeHas(String... parts) {
		return has(this.code, parts);
	}

	private boolean wordsHave(String... parts) {
		return has(this.words, parts);
	}

	private static boolean has(String text, String... parts) {
		for (String part : parts) {
			if (text.contains(part)) {
				return true;
			}
		}
		return false;
	}

	/**
	 * The status that an error inside an answer of status 200 stands for.
	 * @param code its code, which many gateways make the status itself
	 * @param type its type
	 * @return 0 where neither says
	 */
	static int statusOf(String code, String type) {
		if (code.matches("[45]\\d\\d")) {
			return Integer.parseInt(code);
		}
		String both = (code + " " + type).toLowerCase(Locale.ROOT);
		if (has(both, "rate_limit", "too_many_requests", "resource_exhausted")) {
			return 429;
		}
		if (has(both, "authentication", "invalid_api_key")) {
			return 401;
		}
		if (has(both, "permission")) {
			return 403;
		}
		if (has(both, "not_found")) {
			return 404;
		}
		return has(both, "invalid_request") ? 400 : has(both, "server_error", "internal", "overloaded") ? 500 : 0;
	}

	/** What an error means beyond its status. */
	enum Meaning {

		/** The provider will not answer this prompt. */
		CONTENT_FILTER,

		/** The prompt is too long for this model. */
		CONTEXT_LENGTH,

		/** The account is used up, which no retry mends. */
		QUOTA,

		/** The endpoint does not have the model, or not for this key. */
		UNKNOWN_MODEL,

		/** The model wrote nonsense where a tool call or JSON was due; the request was right. */
		BAD_GENERATION,

		AS_ITS_STATUS

	}

}
