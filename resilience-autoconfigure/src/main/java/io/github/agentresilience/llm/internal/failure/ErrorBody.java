package io.github.agentresilience.llm.internal.failure;

import java.util.LinkedHashSet;
import java.util.Set;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.openai.core.ObjectMappers;
import org.jspecify.annotations.Nullable;

/**
 * Puts the body of an error into the one form that the SDK understands, {@code {"error":
 * {"message": ...}}}, so that nothing that it says is lost: Gemini sends an array of one,
 * SGLang and FastAPI a detail, xAI and Ollama a text, proxies HTML.
 */
public final class ErrorBody {

	private static final String ERROR = "error";

	private static final String MESSAGE = "message";

	/** Where an error is put into words, where it is not in a field of its own. */
	private static final String[] WORDS = { MESSAGE, "detail", "details", "msg", "error_message", "error_description",
			"errors", "title" };

	private static final int LONGEST_TEXT = 2000;

	private ErrorBody() {
	}

	/**
	 * The body in the form that the SDK understands.
	 * @return {@code null} where it is in that form, or empty
	 */
	public static @Nullable String standard(String body) {
		JsonNode root = ErrorText.json(body);
		if (root == null) {
			String text = ErrorText.withoutTags(body).replaceAll("\\s+", " ").strip();
			return text.isEmpty() ? null : wrapped(
					object().put(MESSAGE, text.length() > LONGEST_TEXT ? text.substring(0, LONGEST_TEXT) : text));
		}
		JsonNode first = root.isArray() ? root.path(0) : root;
		JsonNode error = first.path(ERROR);
		if (error.isObject() && !error.isEmpty()) {
			return root.isArray() ? wrapped(error) : null;
		}
		return wrapped(first.isObject() ? explained((ObjectNode) first) : object().put(MESSAGE, root.toString()));
	}

	private static ObjectNode explained(ObjectNode root) {
		Set<String> words = new LinkedHashSet<>();
		say(words, root.path(ERROR));
		for (String field : WORDS) {
			say(words, root.path(field));
		}
		ObjectNode error = root.deepCopy();
		error.remove(ERROR);
		return error.put(MESSAGE, words.isEmpty() ? root.toString() : String.join(": ", words));
	}

	private static void say(Set<String> words, JsonNode node) {
		if (node.isContainerNode() ? !node.isEmpty() : node.isTextual() && !node.asText().isBlank()) {
			words.add(node.isTextual() ? node.asText() : node.toString());
		}
	}

	private static ObjectNode object() {
		return ObjectMappers.jsonMapper().createObjectNode();
	}

	private static String wrapped(JsonNode error) {
		return object().set(ERROR, error).toString();
	}

}
