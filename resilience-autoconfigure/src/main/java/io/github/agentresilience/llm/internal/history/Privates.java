package io.github.agentresilience.llm.internal.history;

import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import io.github.agentresilience.llm.internal.history.Dialect.Reasoning;
import io.github.agentresilience.llm.internal.history.Dialect.Signatures;
import org.jspecify.annotations.Nullable;

import org.springframework.ai.chat.messages.AssistantMessage;
import org.springframework.util.StringUtils;

/**
 * What stands in an assistant message that only its maker understands, under the keys
 * that Spring AI's models write and read.
 */
final class Privates {

	static final String REASONING = "reasoningContent";

	static final String TOOL_CALL_PROPERTIES = "openai.tool_calls.additional_properties";

	static final String THOUGHT_SIGNATURES = "thoughtSignatures";

	/** Anthropic's thinking, with its signatures. */
	static final String THINKING = "anthropicThinkingContents";

	static final String NO_REASONING = "(The reasoning behind this tool call was not recorded.)";

	/** Google's documented word for tool calls that another model made. */
	static final String NO_SIGNATURE = "skip_thought_signature_validator";

	private static final String NO_SIGNATURE_PROPERTIES = "{\"extra_content\":{\"google\":{\"thought_signature\":\""
			+ NO_SIGNATURE + "\"}}}";

	private static final List<byte[]> NO_SIGNATURES = List.of(NO_SIGNATURE.getBytes(StandardCharsets.UTF_8));

	/** What Spring AI's models put on the wire again. */
	private static final List<String> SENT_BACK = List.of(REASONING, TOOL_CALL_PROPERTIES, THOUGHT_SIGNATURES,
			THINKING);

	/** Stands where Google's model told thoughts and answer in one text. */
	private static final String WITHOUT_THOUGHTS = "outputWithoutThoughts";

	private Privates() {
	}

	static boolean hasReasoning(AssistantMessage answer) {
		return hasText(answer.getMetadata().get(REASONING));
	}

	/** Models keep in messages of a class of their own what they send back. */
	static boolean areIn(AssistantMessage answer) {
		if (answer.getClass() != AssistantMessage.class) {
			return true;
		}
		Map<String, Object> metadata = answer.getMetadata();
		for (String key : SENT_BACK) {
			Object value = metadata.get(key);
			if (value != null && !value.equals("")) {
				return true;
			}
		}
		return metadata.containsKey(WITHOUT_THOUGHTS);
	}

	/**
	 * Whether a message says nothing that another target can read: thinking that Spring
	 * AI tells in a message of its own, signed or redacted or marked as thought, or
	 * nothing at all.
	 */
	static boolean areAllOf(AssistantMessage answer) {
		if (answer.hasToolCalls() || !answer.getMedia().isEmpty()) {
			return false;
		}
		Map<String, Object> metadata = answer.getMetadata();
		// Where a stream was put together, its thinking and its answer are one message
		boolean signed = metadata.containsKey("signature") && !metadata.containsKey(THINKING)
				&& !metadata.containsKey("thinking");
		boolean thought = Boolean.TRUE.equals(metadata.get("isThought")) && !metadata.containsKey(WITHOUT_THOUGHTS);
		return signed || thought || !StringUtils.hasText(text(answer));
	}

	/** The text without the reasoning that stands in it. */
	static @Nullable String text(AssistantMessage answer) {
		return (answer.getMetadata().get(WITHOUT_THOUGHTS) instanceof String text) ? text : answer.getText();
	}

	/** Whether a message that calls tools lacks what a target demands of others. */
	static boolean lacks(AssistantMessage answer, Dialect dialect) {
		return demandsReasoning(dialect) && !hasReasoning(answer) || lacksSignature(answer.getMetadata(), dialect);
	}

	/**
	 * Whether a target's own message that calls tools lacks what it must have said, and
	 * Spring AI lost.
	 */
	static boolean lacksWhatItSaid(AssistantMessage own, Dialect dialect) {
		return dialect.reasoning() == Reasoning.ALWAYS_DEMANDED && !hasReasoning(own)
				|| lacksSignature(own.getMetadata(), dialect);
	}

	private static boolean lacksSignature(Map<String, Object> metadata, Dialect dialect) {
		return dialect.signatures() == Signatures.GOOGLE && metadata.get(THOUGHT_SIGNATURES) == null
				|| dialect.signatures() == Signatures.GOOGLE_OPENAI && metadata.get(TOOL_CALL_PROPERTIES) == null;
	}

	/**
	 * The metadata with which a message goes to a target.
	 * @param firstId the id that its first tool call has there, {@code null} where it
	 * calls none
	 */
	static Map<String, Object> metadata(AssistantMessage answer, boolean own, Dialect dialect,
			@Nullable String firstId) {
		Map<String, Object> metadata = new HashMap<>(answer.getMetadata());
		Object reasoning = metadata.get(REASONING);
		if (!own) {
			SENT_BACK.forEach(metadata::remove);
		}
		if (dialect.reasoning() == Reasoning.REFUSED) {
			metadata.remove(REASONING);
		}
		if (firstId != null && (!own || lacksWhatItSaid(answer, dialect))) {
			fillIn(metadata, dialect, (reasoning != null && hasText(reasoning)) ? reasoning : NO_REASONING, firstId);
		}
		return metadata;
	}

	private static void fillIn(Map<String, Object> metadata, Dialect dialect, Object reasoning, String firstId) {
		if (demandsReasoning(dialect)) {
			metadata.put(REASONING, reasoning);
		}
		if (dialect.signatures() == Signatures.GOOGLE) {
			metadata.putIfAbsent(THOUGHT_SIGNATURES, NO_SIGNATURES);
		}
		if (dialect.signatures() == Signatures.GOOGLE_OPENAI) {
			metadata.putIfAbsent(TOOL_CALL_PROPERTIES, Map.of(firstId, NO_SIGNATURE_PROPERTIES));
		}
	}

	private static boolean demandsReasoning(Dialect dialect) {
		return dialect.reasoning() == Reasoning.DEMANDED || dialect.reasoning() == Reasoning.ALWAYS_DEMANDED;
	}

	private static boolean hasText(@Nullable Object value) {
		return value instanceof String text && !text.isBlank();
	}

}
