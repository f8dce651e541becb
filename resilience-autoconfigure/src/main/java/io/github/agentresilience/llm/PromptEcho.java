package io.github.agentresilience.llm;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import com.fasterxml.jackson.databind.JsonNode;
import com.openai.core.ObjectMappers;
import okhttp3.Request;
import okio.Buffer;

/**
 * Takes out of an error what it repeats of the prompt. Providers quote what they refuse, and what they say ends in logs
 * and traces, by Spring AI's hand too.
 */
final class PromptEcho {

	private static final String BLANK = "***";

	/** Shorter texts are words that an error may well have of its own. */
	private static final int SHORTEST_TEXT = 8;

	/** A quotation of a part is found by a block of the text that lies within it whole. */
	private static final int BLOCK = 12;

	private static final int SHORTEST_QUOTATION = 20;

	private static final int LONGEST_ERROR = 16 * 1024;

	private static final Set<String> NO_TEXT = Set.of("role", "type", "name", "id", "tool_call_id");

	private PromptEcho() {
	}

	/**
	 * An error without what it repeats.
	 * @param error the body of an answer, or one event of it
	 * @param request what was answered
	 */
	static String removed(String error, Request request) {
		if (request.body() == null || error.length() > LONGEST_ERROR) {
			return error;
		}
		List<String> texts = new ArrayList<>();
		try {
			Buffer sent = new Buffer();
			request.body().writeTo(sent);
			collect(ObjectMappers.jsonMapper().readTree(sent.inputStream()).path("messages"), texts);
		}
		catch (IOException ex) {
			return error;
		}
		String clean = error;
		for (String text : texts) {
			clean = withoutParts(clean.replace(text, BLANK), text);
		}
		return clean;
	}

	/** Collects the texts of messages in the form that they have within JSON. */
	private static void collect(JsonNode node, List<String> texts) {
		if (node.isTextual() && node.asText().length() >= SHORTEST_TEXT) {
			texts.add(new String(JsonStringEncoder.getInstance().quoteAsString(node.asText())));
		}
		node.forEachEntry((name, child) -> {
			if (!NO_TEXT.contains(name)) {
				collect(child, texts);
			}
		});
		if (node.isArray()) {
			node.forEach((child) -> collect(child, texts));
		}
	}

	private static String withoutParts(String error, String text) {
		Map<String, Integer> blocks = new HashMap<>();
		for (int at = 0; at + BLOCK <= text.length(); at += BLOCK) {
			blocks.putIfAbsent(text.substring(at, at + BLOCK), at);
		}
		StringBuilder clean = new StringBuilder();
		int kept = 0;
		for (int at = 0; at + BLOCK <= error.length(); at++) {
			Integer found = blocks.get(error.substring(at, at + BLOCK));
			if (found == null) {
				continue;
			}
			int before = 0;
			while (at - before > kept && found - before > 0 && error.charAt(at - before - 1) == text.charAt(found - before - 1)) {
				before++;
			}
			int after = BLOCK;
			while (at + after < error.length() && found + after < text.length()
					&& error.charAt(at + after) == text.charAt(found + after)) {
				after++;
			}
			if (before + after >= SHORTEST_QUOTATION) {
				clean.append(error, kept, at - before).append(BLANK);
				kept = at + after;
				at = kept - 1;
			}
		}
		return clean.append(error, kept, error.length()).toString();
	}

}
