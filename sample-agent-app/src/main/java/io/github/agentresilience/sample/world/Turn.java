package io.github.agentresilience.sample.world;

import java.util.ArrayList;
import java.util.List;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * What a conversation comes to: what the user said last, and what tools have said since.
 */
record Turn(String question, List<String> results) {

	static Turn of(JsonNode messages) {
		String question = "";
		List<String> results = new ArrayList<>();
		for (JsonNode message : messages) {
			String role = message.path("role").asString("");
			if (role.equals("user")) {
				question = text(message.path("content"));
				results.clear();
			}
			else if (role.equals("tool")) {
				results.add(readable(text(message.path("content"))));
			}
		}
		return new Turn(question.strip(), results);
	}

	private static String text(JsonNode content) {
		return content.isArray() ? textOfParts(content) : content.asString("");
	}

	/** Tool results arrive as the JSON of MCP's content list. */
	private static String readable(String result) {
		try {
			String text = textOfParts(JsonMapper.shared().readTree(result));
			return text.isEmpty() ? result : text;
		}
		catch (RuntimeException ex) {
			return result;
		}
	}

	private static String textOfParts(JsonNode parts) {
		StringBuilder text = new StringBuilder();
		parts.forEach((part) -> text.append(part.path("text").asString("")));
		return text.toString();
	}

}
