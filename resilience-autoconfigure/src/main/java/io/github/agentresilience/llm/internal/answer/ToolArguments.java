package io.github.agentresilience.llm.internal.answer;

import java.util.LinkedHashSet;
import java.util.Set;

import com.fasterxml.jackson.databind.JsonNode;
import org.jspecify.annotations.Nullable;

/**
 * The arguments of a tool call, which are to be the text of a JSON object. Servers send
 * none, an object itself, an object within a text within a text, or the same object
 * twice; all that is plain. What is cut or no JSON is not guessed at.
 */
public final class ToolArguments {

	static final String NONE = "{}";

	private ToolArguments() {
	}

	/**
	 * Whether a tool can be called with them. Spring AI itself takes blank ones for none.
	 */
	public static boolean canBeRead(@Nullable String arguments) {
		if (arguments == null || arguments.isBlank()) {
			return true;
		}
		JsonNode read = Json.read(arguments);
		return read != null && read.isObject();
	}

	/** Arguments as they stand in a message, as text. */
	static String text(@Nullable JsonNode arguments) {
		if (arguments == null || arguments.isNull() || arguments.isMissingNode()) {
			return "";
		}
		return arguments.isTextual() ? arguments.textValue() : arguments.toString();
	}

	/**
	 * The text of an object where these plainly stand for one, else the arguments as they
	 * are.
	 */
	static String standard(String arguments) {
		if (arguments.isBlank()) {
			return NONE;
		}
		JsonNode read = Json.read(arguments);
		if (read == null) {
			String one = oneOfSeveral(arguments);
			return (one != null) ? one : arguments;
		}
		if (read.isNull()) {
			return NONE;
		}
		if (read.isTextual()) {
			JsonNode within = Json.read(read.textValue());
			return read.textValue().isBlank() ? NONE
					: (within != null && within.isObject()) ? read.textValue() : arguments;
		}
		return arguments;
	}

	/**
	 * The one object that a row of objects says. Servers begin with an empty one, or send
	 * the whole once more at the end.
	 */
	private static @Nullable String oneOfSeveral(String arguments) {
		Set<JsonNode> said = new LinkedHashSet<>();
		int start = 0;
		while (start < arguments.length()) {
			JsonEnd end = new JsonEnd();
			int at = start;
			while (at < arguments.length() && !end.endsWith(arguments.charAt(at))) {
				at++;
			}
			JsonNode part = Json.read(arguments.substring(start, Math.min(at + 1, arguments.length())));
			if (part == null || !part.isObject()) {
				return null;
			}
			if (!part.isEmpty()) {
				said.add(part);
			}
			start = at + 1;
		}
		return (said.size() > 1) ? null : said.isEmpty() ? NONE : said.iterator().next().toString();
	}

}
