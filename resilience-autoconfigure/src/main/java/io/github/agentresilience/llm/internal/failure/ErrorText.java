package io.github.agentresilience.llm.internal.failure;

import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectReader;
import com.openai.core.ObjectMappers;
import org.jspecify.annotations.Nullable;

/**
 * What an error says, in whatever form: an object, an object in an array, a text, JSON
 * within a text within JSON, HTML.
 *
 * @param codes its codes, types and reasons, in lower case, with a blank before and after
 * each
 * @param words all that it says, in lower case, with one blank between words. Never
 * shown: providers repeat keys and prompts
 */
record ErrorText(String codes, String words) {

	private static final Set<String> CODE_FIELDS = Set.of("code", "type", "status", "reason", "error_code", "errorcode",
			"error_type", "errortype", "__type", "status_code", "statuscode", "err_code", "errcode");

	/** What was asked for, or what the model made of it. */
	private static final Set<String> NOT_ITS_OWN = Set.of("failed_generation", "input", "prompt", "messages", "request",
			"flagged_input");

	private static final Pattern TAG = Pattern.compile("<(?:style|script)[^>]*>.*?</(?:style|script)>|<[^>]{1,500}>",
			Pattern.CASE_INSENSITIVE | Pattern.DOTALL);

	private static final ObjectReader WHOLE = ObjectMappers.jsonMapper()
		.reader()
		.with(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

	private static final int LONGEST = 8 * 1024;

	private static final int DEEPEST = 12;

	/** As much as stands before JSON in a text, such as the name of an exception. */
	private static final int LONGEST_LEAD = 200;

	static ErrorText of(String text) {
		Collector collected = new Collector();
		collected.text("", text, 0);
		return new ErrorText(plain(" " + collected.codes + " "), plain(collected.words.toString()));
	}

	/** The text without its markup. */
	static String withoutTags(String text) {
		return text.stripLeading().startsWith("<") ? TAG.matcher(text).replaceAll(" ") : text;
	}

	/**
	 * JSON that is an object or an array and nothing else, {@code null} where the text is
	 * none.
	 */
	static @Nullable JsonNode json(String text) {
		try {
			JsonNode node = WHOLE.readTree(text);
			return (node != null && node.isContainerNode()) ? node : null;
		}
		catch (JsonProcessingException ex) {
			return null;
		}
	}

	private static String plain(String text) {
		StringBuilder plain = new StringBuilder(text.length());
		for (int at = 0; at < text.length(); at++) {
			char c = text.charAt(at);
			if (c == '\\' && at + 1 < text.length()) {
				char escaped = text.charAt(++at);
				c = ("nrt".indexOf(escaped) >= 0) ? ' ' : escaped;
			}
			c = (c == '\u2019' || c == '\u2018') ? '\'' : (c == '\u201C' || c == '\u201D') ? '"' : c;
			if (!Character.isWhitespace(c)) {
				plain.append(c);
			}
			else if (plain.isEmpty() || plain.charAt(plain.length() - 1) != ' ') {
				plain.append(' ');
			}
		}
		return plain.toString().toLowerCase(Locale.ROOT);
	}

	boolean hasCode(String code) {
		return this.codes.contains(" " + code + " ");
	}

	private static final class Collector {

		private final StringBuilder codes = new StringBuilder();

		private final StringBuilder words = new StringBuilder();

		void text(String field, String text, int depth) {
			if (depth < DEEPEST && (within(field, text, text.indexOf('{'), depth)
					|| within(field, text, text.indexOf('['), depth))) {
				return;
			}
			if (CODE_FIELDS.contains(field.toLowerCase(Locale.ROOT))) {
				this.codes.append(' ').append(text);
			}
			say(withoutTags(text));
		}

		private boolean within(String field, String text, int start, int depth) {
			JsonNode json = (start >= 0 && start <= LONGEST_LEAD) ? json(text.substring(start)) : null;
			if (json == null) {
				return false;
			}
			say(text.substring(0, start));
			node(field, json, depth + 1);
			return true;
		}

		private void node(String field, JsonNode node, int depth) {
			if (depth > DEEPEST || this.words.length() > LONGEST) {
				return;
			}
			if (node.isTextual()) {
				text(field, node.asText(), depth);
			}
			else if (node.isNumber() && CODE_FIELDS.contains(field.toLowerCase(Locale.ROOT))) {
				this.codes.append(' ').append(node.asText());
			}
			else if (node.isArray()) {
				node.forEach((element) -> node(field, element, depth + 1));
			}
			else {
				node.forEachEntry((name, value) -> {
					if (!NOT_ITS_OWN.contains(name)) {
						node(name, value, depth + 1);
					}
				});
			}
		}

		private void say(String text) {
			int room = LONGEST - this.words.length();
			if (room > 0) {
				this.words.append(' ').append(text, 0, Math.min(text.length(), room));
			}
		}

	}

}
