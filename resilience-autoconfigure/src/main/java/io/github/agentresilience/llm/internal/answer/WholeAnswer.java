package io.github.agentresilience.llm.internal.answer;

import java.io.IOException;
import java.util.Arrays;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.jspecify.annotations.Nullable;

/**
 * Reads the answer of a server that was asked for one in one piece, whether it came so,
 * as events, or as an error.
 */
final class WholeAnswer implements WireReader.Handler {

	private final HttpExchange exchange;

	/** What reads events, {@code null} where none has come. */
	private @Nullable Events events;

	private @Nullable ObjectNode answer;

	private @Nullable ObjectNode error;

	/** The answer as it came, where nothing had to be changed. */
	private byte @Nullable [] bytes;

	WholeAnswer(HttpExchange exchange) {
		this.exchange = exchange;
	}

	@Override
	public void json(byte[] bytes, int length) throws IOException {
		if (isDone()) {
			return;
		}
		JsonNode read = (this.events != null) ? null : Json.read(bytes, 0, length);
		JsonNode root = (read != null && read.isArray()) ? read.path(0) : read;
		if (this.events != null || !(root instanceof ObjectNode object) || isChunk(object)) {
			event(null, bytes, length);
			return;
		}
		this.error = AnswerError.in(object, null);
		if (this.error == null && object.path("choices").isEmpty() && AnswerError.hasWords(object)) {
			this.error = AnswerError.explained(object);
		}
		if (this.error == null && !repaired(object) && read == root) {
			this.bytes = (bytes.length == length) ? bytes : Arrays.copyOf(bytes, length);
		}
	}

	private static boolean isChunk(ObjectNode object) {
		JsonNode choice = object.path("choices").path(0);
		return choice.has("delta") && !choice.path("message").isObject();
	}

	/** Takes an answer and says whether it had to be changed. */
	private boolean repaired(ObjectNode object) {
		CompletionRepair repair = new CompletionRepair(this.exchange);
		boolean changed = repair.repair(object);
		this.error = repair.error();
		this.answer = object;
		return changed;
	}

	@Override
	public void event(@Nullable String name, byte[] bytes, int length) throws IOException {
		if (!isDone()) {
			this.events = (this.events != null) ? this.events : Events.of(this.exchange);
			this.events.reader.event(name, bytes, length);
			collect(this.events);
		}
	}

	/** The body is over. */
	void end() throws IOException {
		if (this.events != null && !isDone()) {
			this.events.reader.end();
			collect(this.events);
		}
	}

	private void collect(Events read) throws IOException {
		this.error = read.collector.error();
		if (read.reader.isDone() && this.error == null) {
			repaired(read.collector.whole());
		}
	}

	/** Whether no more is to be read. */
	boolean isDone() {
		return this.answer != null || this.error != null;
	}

	/** Whether all words are there, and only the end may still come. */
	boolean isWhole() {
		return this.events != null && this.events.reader.isWhole();
	}

	/** The answer, {@code null} where the body holds none. */
	@Nullable ObjectNode answer() {
		return this.answer;
	}

	/** The error that came in the place of an answer, {@code null} where none did. */
	@Nullable ObjectNode error() {
		return this.error;
	}

	/** The answer as it is to be read, {@code null} where the body holds none. */
	byte @Nullable [] bytes() {
		return (this.bytes != null || this.answer == null) ? this.bytes : Json.write(this.answer);
	}

	private record Events(ChunkReader reader, ChunkCollector collector) {

		static Events of(HttpExchange exchange) {
			ChunkCollector collector = new ChunkCollector(exchange);
			return new Events(new ChunkReader(exchange.model(), collector), collector);
		}

	}

}
