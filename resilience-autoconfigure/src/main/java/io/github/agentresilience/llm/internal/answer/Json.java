package io.github.agentresilience.llm.internal.answer;

import java.io.IOException;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.jspecify.annotations.Nullable;

/**
 * JSON on the wire, read as strictly as those read it who come after.
 */
final class Json {

	/**
	 * Escaped, half a character can be written: servers send one half in one chunk and
	 * the other in the next.
	 */
	private static final JsonMapper MAPPER = JsonMapper.builder().enable(JsonWriteFeature.ESCAPE_NON_ASCII).build();

	private static final ObjectReader WHOLE = MAPPER.readerFor(JsonNode.class)
		.with(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
		.with(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS);

	private Json() {
	}

	/** One JSON value and nothing else, {@code null} where the bytes are none. */
	static @Nullable JsonNode read(byte[] bytes, int from, int length) {
		try {
			JsonNode node = WHOLE.readTree(bytes, from, length);
			return (node == null || node.isMissingNode()) ? null : node;
		}
		catch (IOException ex) {
			return null;
		}
	}

	static @Nullable JsonNode read(String text) {
		try {
			JsonNode node = WHOLE.readTree(text);
			return (node == null || node.isMissingNode()) ? null : node;
		}
		catch (JsonProcessingException ex) {
			return null;
		}
	}

	static ObjectNode object() {
		return MAPPER.createObjectNode();
	}

	static ArrayNode array() {
		return MAPPER.createArrayNode();
	}

	static byte[] write(JsonNode node) {
		try {
			return MAPPER.writeValueAsBytes(node);
		}
		catch (JsonProcessingException ex) {
			throw new IllegalStateException(ex);
		}
	}

	/** A text that says something, {@code null} for anything else. */
	static @Nullable String text(@Nullable JsonNode node) {
		return (node != null && node.isTextual() && !node.textValue().isEmpty()) ? node.textValue() : null;
	}

}
