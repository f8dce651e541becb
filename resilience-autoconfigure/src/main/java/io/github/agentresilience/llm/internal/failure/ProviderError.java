package io.github.agentresilience.llm.internal.failure;

import java.time.Duration;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.openai.core.ObjectMappers;
import org.jspecify.annotations.Nullable;

import org.springframework.ai.chat.prompt.Prompt;

/**
 * What a provider said of its error, whichever client brought it.
 *
 * @param status the HTTP status, or what an error inside an answer of status 200 stands
 * for; 0 where there is none
 * @param text all that it said: JSON, perhaps with words before it, or words alone. Never
 * shown: providers repeat keys and prompts
 * @param retryAfter the cooldown that it asked for
 */
public record ProviderError(int status, String text, @Nullable Duration retryAfter) {

	private static final String[] STATUS_FIELDS = { "code", "status", "status_code", "statusCode", "http_status",
			"http_code", "error_code" };

	/**
	 * As libraries and proxies put a status into words: {@code 429 Too Many Requests},
	 * {@code Error code: 503 - ...}.
	 */
	private static final Pattern STATUS_IN_WORDS = Pattern.compile(
			"^\\s*([45]\\d\\d)\\b|\\b(?:http|status|code)(?: code)?[ :=/]{1,3}([45]\\d\\d)\\b",
			Pattern.CASE_INSENSITIVE);

	/**
	 * Reads an error that is there as text only, such as the body of an answer.
	 * @param text JSON, perhaps with words before it; or words alone, in which case the
	 * codes are looked for among them
	 */
	public static ProviderError ofText(int status, String text, @Nullable Duration retryAfter) {
		return new ProviderError(status, text, retryAfter);
	}

	/** The same error without what it repeats of a prompt. */
	ProviderError without(Prompt prompt) {
		return new ProviderError(this.status, PromptRedaction.removed(this.text, prompt), this.retryAfter);
	}

	/** What it means beyond its status. */
	public ErrorMeaning meaning() {
		return ErrorWords.meaning(this.status, ErrorText.of(this.text));
	}

	/**
	 * The status that an error inside an answer of status 200 stands for.
	 * @param error the error itself
	 * @return 0 where it does not say
	 */
	public static int statusOf(JsonNode error) {
		for (String field : STATUS_FIELDS) {
			String said = error.path(field).asText();
			if (said.matches("[45]\\d\\d")) {
				return Integer.parseInt(said);
			}
		}
		String code = error.path("code").asText();
		String all = String.join(" ", code, error.path("type").asText(), error.path("status").asText())
			.toLowerCase(Locale.ROOT);
		if (has(all, "rate_limit", "too_many_requests", "resource_exhausted")) {
			return 429;
		}
		if (has(all, "request_timeout", "timeout_error")) {
			return 408;
		}
		if (has(all, "authentication", "invalid_api_key", "unauthenticated", "unauthorized")) {
			return 401;
		}
		if (has(all, "permission")) {
			return 403;
		}
		if (has(all, "not_found")) {
			return 404;
		}
		if (has(all, "invalid_request", "invalid_argument", "failed_precondition")) {
			return 400;
		}
		if (has(all, "server_error", "internal", "overloaded")) {
			return 500;
		}
		Matcher words = STATUS_IN_WORDS.matcher(error.path("message").asText());
		return words.find() ? Integer.parseInt((words.group(1) != null) ? words.group(1) : words.group(2)) : 0;
	}

	/**
	 * The status that an error stands for which a client prints as JSON, perhaps with
	 * words before it.
	 * @return 0 where it does not say
	 */
	static int statusIn(String text) {
		int json = text.indexOf('{');
		try {
			JsonNode root = (json >= 0) ? ObjectMappers.jsonMapper().readTree(text.substring(json)) : null;
			return (root == null) ? 0 : statusOf(root.path("error").isObject() ? root.get("error") : root);
		}
		catch (JsonProcessingException ex) {
			return 0;
		}
	}

	private static boolean has(String text, String... parts) {
		for (String part : parts) {
			if (text.contains(part)) {
				return true;
			}
		}
		return false;
	}

}
