package io.github.agentresilience.llm.internal.answer;

import java.util.Locale;
import java.util.Set;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.agentresilience.llm.internal.failure.ErrorBody;
import org.jspecify.annotations.Nullable;

/**
 * Finds the error in an answer or event of status 200: where the failure is behind a
 * gateway, or comes when an answer has begun, the status has been sent and the body is
 * all that tells.
 */
final class AnswerError {

	private static final Set<String> FAILED = Set.of("failure", "failed", "error", "fail");

	private static final Set<String> ERROR_EVENTS = Set.of("error", "err", "exception", "failure", "failed", "fatal");

	private static final String[] CODES = { "code", "error_code", "errorCode", "err_code", "errcode", "status_code",
			"statusCode" };

	private static final String[] WORDS = { "message", "msg", "error_msg", "error_message", "err_msg", "errmsg",
			"detail", "status_msg" };

	/** Codes with which all is well. */
	private static final Set<String> FINE = Set.of("", "0", "200", "ok", "success", "null", "none");

	/** What objects are called that are no chunks and no errors. */
	private static final String[] HARMLESS = { "ping", "warn", "info", "notice", "keep", "heartbeat", "progress",
			"debug" };

	private AnswerError() {
	}

	/**
	 * Finds an error.
	 * @param root an answer or chunk
	 * @param eventName what the event that brought it is called
	 * @return the error in the form {@code {"error": ...}}, {@code null} where there is
	 * none
	 */
	static @Nullable ObjectNode in(ObjectNode root, @Nullable String eventName) {
		if (isSaid(root.get("error"))) {
			return wrapped(root);
		}
		boolean hasChoices = !root.path("choices").isEmpty();
		if (hasChoices) {
			return inChoices(root);
		}
		boolean emptyError = root.path("error").isObject() && !root.hasNonNull("usage");
		if (isSaid(root.get("errors")) || isErrorEvent(eventName) || emptyError) {
			return wrapped(root);
		}
		JsonNode base = root.path("base_resp");
		if (base.isObject() && hasBadCode(base)) {
			return wrapped((ObjectNode) base);
		}
		if (eventName != null && !eventName.equals("message") && !eventName.equals("data")) {
			return null;
		}
		return (isCalledError(root) || (hasBadCode(root) && hasWords(root) && !isHarmless(root))) ? wrapped(root)
				: null;
	}

	private static @Nullable ObjectNode inChoices(ObjectNode root) {
		for (JsonNode choice : root.get("choices")) {
			JsonNode error = choice.path("error");
			if (isSaid(error)) {
				ObjectNode within = Json.object();
				within.set("error", error);
				return within;
			}
		}
		return null;
	}

	/** Whether an event is called an error, whatever is in it. */
	static boolean isErrorEvent(@Nullable String eventName) {
		return eventName != null && ERROR_EVENTS.contains(eventName.toLowerCase(Locale.ROOT));
	}

	/** An error whose words are all there is. */
	static ObjectNode of(String words) {
		ObjectNode root = Json.object();
		root.putObject("error").put("message", words);
		return root;
	}

	/** An error that is an object which explains why no answer came. */
	static ObjectNode explained(ObjectNode root) {
		return wrapped(root);
	}

	/** An error in words of our own. */
	static ObjectNode of(String words, String type, String code) {
		ObjectNode root = Json.object();
		root.putObject("error").put("message", words).put("type", type).put("code", code);
		return root;
	}

	private static ObjectNode wrapped(ObjectNode root) {
		String standard = ErrorBody.standard(root.toString());
		JsonNode read = (standard != null) ? Json.read(standard) : root;
		return (read instanceof ObjectNode object) ? object : root;
	}

	/**
	 * Whether a field says something: servers put an empty error beside each sound chunk.
	 */
	private static boolean isSaid(@Nullable JsonNode error) {
		if (error == null || error.isNull() || error.isMissingNode()) {
			return false;
		}
		if (error.isContainerNode()) {
			for (JsonNode part : error) {
				if (isSaid(part)) {
					return true;
				}
			}
			return false;
		}
		return error.isBoolean() ? error.booleanValue() : !FINE.contains(error.asText().toLowerCase(Locale.ROOT));
	}

	private static boolean isCalledError(JsonNode root) {
		return FAILED.contains(root.path("object").asText()) || FAILED.contains(root.path("type").asText())
				|| FAILED.contains(root.path("status").asText().toLowerCase(Locale.ROOT))
				|| (root.path("success").isBoolean() && !root.get("success").booleanValue());
	}

	private static boolean hasBadCode(JsonNode root) {
		for (String field : CODES) {
			JsonNode code = root.path(field);
			if (code.isValueNode() && !FINE.contains(code.asText().toLowerCase(Locale.ROOT))) {
				return true;
			}
		}
		return false;
	}

	/**
	 * Whether an object puts something into words that may explain why no answer came.
	 */
	static boolean hasWords(JsonNode root) {
		for (String field : WORDS) {
			if (isSaid(root.path(field))) {
				return true;
			}
		}
		return false;
	}

	private static boolean isHarmless(JsonNode root) {
		String called = (root.path("type").asText() + " " + root.path("object").asText() + " "
				+ root.path("level").asText() + " " + root.path("severity").asText())
			.toLowerCase(Locale.ROOT);
		for (String harmless : HARMLESS) {
			if (called.contains(harmless)) {
				return true;
			}
		}
		return false;
	}

}
