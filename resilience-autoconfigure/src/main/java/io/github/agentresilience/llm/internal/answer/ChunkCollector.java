package io.github.agentresilience.llm.internal.answer;

import java.io.IOException;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.agentresilience.llm.internal.failure.BrokenAnswerException;
import org.jspecify.annotations.Nullable;

/**
 * Puts an answer together from the chunks in which a server sent it that was asked for
 * one piece.
 */
final class ChunkCollector implements ChunkReader.Target {

	/** Grows chunk by chunk; all else is said once. */
	private static final Set<String> TEXTS = Set.of("content", "refusal", "reasoning_content", "reasoning");

	/** Comes in parts, of which one alone is of no use. */
	private static final Set<String> PARTS = Set.of("delta", "logprobs");

	private final HttpExchange exchange;

	private final ObjectNode answer = Json.object();

	private final Map<Integer, Choice> choices = new TreeMap<>();

	private @Nullable ObjectNode error;

	private boolean ended;

	ChunkCollector(HttpExchange exchange) {
		this.exchange = exchange;
	}

	@Override
	public void asItCame(ObjectNode chunk) {
		chunk(chunk);
	}

	@Override
	public void chunk(ObjectNode chunk) {
		chunk.properties().forEach((field) -> {
			if (!field.getKey().equals("choices") && !field.getValue().isNull()) {
				this.answer.set(field.getKey(), field.getValue());
			}
		});
		for (JsonNode choice : chunk.path("choices")) {
			this.choices.computeIfAbsent(choice.path("index").intValue(), (index) -> new Choice())
				.add((ObjectNode) choice);
		}
	}

	@Override
	public void finished(int choice, FinishReason reason) {
		this.exchange.finished(choice, reason);
	}

	@Override
	public void reading(byte @Nullable [] bytes, int from, int length) {
	}

	@Override
	public void progressed() {
	}

	@Override
	public void failed(ObjectNode failure) {
		this.error = failure;
	}

	@Override
	public void ended() {
		this.ended = true;
	}

	/**
	 * The error that came in the place of an answer or amid it, {@code null} where none
	 * did.
	 */
	@Nullable ObjectNode error() {
		return this.error;
	}

	/**
	 * The answer in one piece.
	 * @throws IOException when not all of it came
	 */
	ObjectNode whole() throws IOException {
		ArrayNode whole = Json.array();
		for (Map.Entry<Integer, Choice> choice : this.choices.entrySet()) {
			if (!choice.getValue().hasFinished()) {
				throw new BrokenAnswerException("the answer ended without a finish reason");
			}
			whole.add(choice.getValue().whole(choice.getKey()));
		}
		if (!this.ended) {
			throw new BrokenAnswerException("the answer did not end");
		}
		this.answer.put("object", "chat.completion");
		this.answer.set("choices", whole);
		return this.answer;
	}

	private static final class Choice {

		private final ObjectNode fields = Json.object();

		private final ObjectNode message = Json.object().put("role", "assistant").put("content", "");

		private final Map<String, StringBuilder> texts = new TreeMap<>();

		void add(ObjectNode choice) {
			choice.properties().forEach((field) -> {
				if (!PARTS.contains(field.getKey()) && !field.getValue().isNull()) {
					this.fields.set(field.getKey(), field.getValue());
				}
			});
			choice.path("delta").properties().forEach((field) -> {
				String text = TEXTS.contains(field.getKey()) ? Json.text(field.getValue()) : null;
				if (text != null) {
					this.texts.computeIfAbsent(field.getKey(), (name) -> new StringBuilder()).append(text);
				}
				else if (this.message.get(field.getKey()) instanceof ArrayNode list
						&& field.getValue() instanceof ArrayNode more) {
					list.addAll(more);
				}
				else if (!field.getValue().isNull() && !TEXTS.contains(field.getKey())) {
					this.message.set(field.getKey(), field.getValue());
				}
			});
		}

		boolean hasFinished() {
			return this.fields.hasNonNull("finish_reason");
		}

		ObjectNode whole(int index) {
			this.texts.forEach((name, text) -> this.message.put(name, text.toString()));
			this.fields.put("index", index);
			this.fields.set("message", this.message);
			return this.fields;
		}

	}

}
