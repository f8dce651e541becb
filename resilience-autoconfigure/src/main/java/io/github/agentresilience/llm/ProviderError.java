package io.github.agentresilience.llm;

import java.time.Duration;
import java.util.Locale;

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

	ProviderError {
		code = code.strip().toLowerCase(Locale.ROOT);
		words = code + " " + words.toLowerCase(Locale.ROOT);
	}

	/** What it means beyond its status. */
	Meaning meaning() {
		if (codeHas("content_filter", "content_policy", "contentpolicyviolation", "responsibleaipolicyviolation")
				|| wordsHave("content management policy") || this.status == 446) {
			return Meaning.CONTENT_FILTER;
		}
		if (codeHas("context_length", "contextwindowexceeded")
				|| wordsHave("context_length_exceeded", "contextwindowexceeded", "maximum context", "context window",
						"reduce the length of the messages")) {
			return Meaning.CONTEXT_LENGTH;
		}
		if (codeHas("insufficient_quota", "budget_exceeded") || wordsHave("budget has been exceeded")) {
			return Meaning.QUOTA;
		}
		if (codeHas("model_not_found", "deploymentnotfound", "model_decommissioned", "key_model_access_denied")
				|| wordsHave("invalid model name")) {
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
