package io.github.agentresilience.llm;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.StringJoiner;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import com.fasterxml.jackson.databind.JsonNode;
import com.openai.core.ObjectMappers;
import okhttp3.Request;
import okhttp3.RequestBody;
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

	private static final long LONGEST_REQUEST = 1024 * 1024;

	/** What is no text of anybody's, but may be long. */
	private static final Set<String> NO_TEXT = Set.of("role", "type", "name", "id", "tool_call_id", "image_url",
			"input_audio", "file");

	/** What an error is known by; a prompt that speaks of errors must not take it away. */
	private static final Pattern CODE = Pattern
		.compile("\"(?:code|type|status)\"\\s*:\\s*(?:\"[^\"\\\\]{0,100}\"|\\d{1,6})");

	private PromptEcho() {
	}

	/**
	 * An error without what it repeats.
	 * @param error the body of an answer, or one event of it
	 * @param request what was answered
	 */
	static String removed(String error, Request request) {
		RequestBody sent = request.body();
		if (sent == null) {
			return error;
		}
		List<String> texts = new ArrayList<>();
		try {
			if (error.length() > LONGEST_ERROR || sent.contentLength() > LONGEST_REQUEST) {
				return codesOf(error);
			}
			Buffer body = new Buffer();
			sent.writeTo(body);
			collect(ObjectMappers.jsonMapper().readTree(body.inputStream()).path("messages"), texts);
		}
		catch (IOException ex) {
			// A request that is no JSON has no messages
			return error;
		}
		StringBuilder clean = new StringBuilder();
		int kept = 0;
		for (Matcher code = CODE.matcher(error); code.find(); kept = code.end()) {
			clean.append(without(texts, error.substring(kept, code.start()))).append(code.group());
		}
		return clean.append(without(texts, error.substring(kept))).toString();
	}

	/** Where looking for quotations would take too long, nothing is left but what the error is known by. */
	private static String codesOf(String error) {
		StringJoiner codes = new StringJoiner(",", "{\"error\":{", "}}");
		codes.add("\"message\":\"left out, as it may repeat the prompt\"");
		Set<String> fields = new HashSet<>();
		for (Matcher code = CODE.matcher(error); code.find();) {
			String field = code.group();
			if (fields.add(field.substring(0, field.indexOf(':')))) {
				codes.add(field);
			}
		}
		return (error.startsWith("data:") ? "data: " + codes + "\n" : codes.toString());
	}

	private static String without(List<String> texts, String error) {
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
		if (error.length() < SHORTEST_QUOTATION || text.length() < SHORTEST_QUOTATION) {
			return error;
		}
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
