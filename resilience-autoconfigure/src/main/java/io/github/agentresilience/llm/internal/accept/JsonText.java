package io.github.agentresilience.llm.internal.accept;

import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.ai.converter.CompositeResponseTextCleaner;
import org.springframework.ai.converter.MarkdownCodeBlockCleaner;
import org.springframework.ai.converter.ResponseTextCleaner;
import org.springframework.ai.converter.ThinkingTagCleaner;
import org.springframework.ai.converter.WhitespaceCleaner;

/**
 * JSON in the texts of answers, which Spring AI's converters free from what models put
 * around it.
 */
final class JsonText {

	private static final JsonMapper MAPPER = JsonMapper.builder()
		.enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
		.build();

	private static final ResponseTextCleaner CLEANER = CompositeResponseTextCleaner.builder()
		.addCleaner(new WhitespaceCleaner())
		.addCleaner(new ThinkingTagCleaner())
		.addCleaner(new MarkdownCodeBlockCleaner())
		.addCleaner(new WhitespaceCleaner())
		.build();

	private static final String FENCE = "```";

	private JsonText() {
	}

	/** The JSON of an answer, {@code null} where it is none. */
	static @Nullable JsonNode ofAnswer(String text) {
		String cleaned = CLEANER.clean(text);
		return (cleaned != null) ? read(cleaned) : null;
	}

	static @Nullable JsonNode read(String text) {
		if (text.isBlank()) {
			return null;
		}
		try {
			return MAPPER.readTree(text);
		}
		catch (JacksonException ex) {
			return null;
		}
	}

	/**
	 * The schema in the instructions that a converter gives the model, {@code null} where
	 * they ask for no JSON.
	 */
	static @Nullable String schemaIn(String format) {
		int from = format.lastIndexOf(FENCE, Math.max(0, format.lastIndexOf(FENCE) - 1));
		int to = format.lastIndexOf(FENCE);
		if (from < 0 || to <= from) {
			return null;
		}
		String schema = format.substring(from + FENCE.length(), to).strip();
		return schema.startsWith("{") ? schema : null;
	}

}
