package io.github.agentresilience.llm.internal.answer;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import java.util.Set;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.agentresilience.llm.internal.failure.BrokenAnswerException;
import org.jspecify.annotations.Nullable;

/**
 * Reads each event of a streamed answer once: tells chunks from errors, from the end of
 * the answer, and from what says nothing, such as pings and warnings. What may have been
 * a chunk and cannot be read fails the answer, since text may be lost with it.
 */
final class ChunkReader implements WireReader.Handler {

	private static final byte[] DONE = "[DONE]".getBytes(StandardCharsets.US_ASCII);

	private static final byte[] DATA = "data:".getBytes(StandardCharsets.US_ASCII);

	private static final Set<String> PINGS = Set.of("ping", "keepalive", "keep-alive", "heartbeat", "ok", "null",
			"true", "pong");

	private static final int LONGEST_WORDS = 2000;

	private final ChunkRepair repair;

	private final Target target;

	/** What may explain why no answer came. */
	private @Nullable ObjectNode explanation;

	private boolean done;

	ChunkReader(String model, Target target) {
		this.repair = new ChunkRepair(model, target);
		this.target = target;
	}

	@Override
	public void json(byte[] bytes, int length) throws IOException {
		event(null, bytes, length);
	}

	@Override
	public void event(@Nullable String name, byte[] bytes, int length) throws IOException {
		data(name, bytes, 0, length);
	}

	private void data(@Nullable String name, byte[] bytes, int start, int end) throws IOException {
		int from = start;
		int to = end;
		while (from < to && isBlank(bytes[from])) {
			from++;
		}
		while (to > from && isBlank(bytes[to - 1])) {
			to--;
		}
		if (from == to || this.done) {
			return;
		}
		byte first = bytes[from];
		JsonNode root = (first == '{' || first == '[' || first == '"') ? Json.read(bytes, from, to - from) : null;
		if (root == null) {
			noJson(name, bytes, from, to);
		}
		else {
			this.target.reading(bytes, from, to - from);
			node(root, name);
		}
	}

	/** White space, and the control characters that stand where it is due. */
	private static boolean isBlank(byte each) {
		return each >= 0 && each <= ' ';
	}

	private void node(JsonNode root, @Nullable String name) throws IOException {
		if (root instanceof ObjectNode chunk) {
			chunk(chunk, name);
		}
		else if (root.isArray()) {
			this.target.reading(null, 0, 0);
			for (JsonNode each : root) {
				node(each, name);
			}
		}
		else if (root.isTextual()) {
			words(name, root.textValue());
		}
	}

	private void chunk(ObjectNode chunk, @Nullable String name) throws IOException {
		ObjectNode error = AnswerError.in(chunk, name);
		if (error != null) {
			fail(error);
			return;
		}
		if (AnswerError.hasWords(chunk) && chunk.path("choices").isEmpty()) {
			this.explanation = chunk;
		}
		try {
			if (this.repair.accept(chunk)) {
				this.target.progressed();
			}
		}
		catch (ChunkRepair.ErrorInStream ex) {
			fail(ex.error());
		}
	}

	/**
	 * Data that are no JSON as a whole: the end, several lines of which each is one, or
	 * words.
	 */
	private void noJson(@Nullable String name, byte[] bytes, int from, int to) throws IOException {
		if (startsWith(DONE, bytes, from, to)) {
			end();
			return;
		}
		if (startsWith(DATA, bytes, from, to)) {
			int value = from;
			while (startsWith(DATA, bytes, value, to)) {
				value += DATA.length;
				while (value < to && isBlank(bytes[value])) {
					value++;
				}
			}
			data(name, bytes, value, to);
			return;
		}
		int end = endOfLine(bytes, from, to);
		if (end < to) {
			// Servers that put no blank line between their events
			for (int line = from; line < to; line = end + 1) {
				end = endOfLine(bytes, line, to);
				data(name, bytes, line, end);
			}
			return;
		}
		words(name, new String(bytes, from, to - from, StandardCharsets.UTF_8));
	}

	private static int endOfLine(byte[] bytes, int from, int to) {
		int at = from;
		while (at < to && bytes[at] != '\n') {
			at++;
		}
		return at;
	}

	private static boolean startsWith(byte[] start, byte[] bytes, int from, int to) {
		return to - from >= start.length && Arrays.equals(start, 0, start.length, bytes, from, from + start.length);
	}

	private void words(@Nullable String name, String words) throws IOException {
		if (isEnd(words)) {
			end();
		}
		else if (AnswerError.isErrorEvent(name)) {
			fail(AnswerError.of(shortened(words)));
		}
		else if (words.startsWith(":") || PINGS.contains(words.toLowerCase(Locale.ROOT))) {
			return;
		}
		else if (mayBePartOfAChunk(words)) {
			throw new BrokenAnswerException("malformed chunk: it is no JSON");
		}
		else {
			this.explanation = AnswerError.of(shortened(words));
		}
	}

	private static boolean isEnd(String text) {
		return text.strip().equalsIgnoreCase("[DONE]");
	}

	private static boolean mayBePartOfAChunk(String words) {
		return words.indexOf('{') >= 0 || words.indexOf('}') >= 0 || words.indexOf('"') >= 0;
	}

	private static String shortened(String words) {
		return (words.length() > LONGEST_WORDS) ? words.substring(0, LONGEST_WORDS) : words;
	}

	private void fail(ObjectNode error) throws IOException {
		this.done = true;
		this.target.failed(error);
	}

	/** The answer is over, whether it said so or its body ended. */
	void end() throws IOException {
		if (this.done) {
			return;
		}
		if (this.explanation != null && !this.repair.hasBegun()) {
			fail(this.explanation.has("error") ? this.explanation : AnswerError.explained(this.explanation));
			return;
		}
		this.repair.end();
		this.done = true;
		this.target.ended();
	}

	/** Whether the end or an error has been read. */
	boolean isDone() {
		return this.done;
	}

	/** Whether all words of the answer are there, and only its end is not. */
	boolean isWhole() {
		return this.repair.isWhole();
	}

	/**
	 * Takes what is read.
	 */
	interface Target extends ChunkRepair.Sink {

		/**
		 * The bytes of the next chunk; {@code null} where a chunk is only a part of them.
		 */
		void reading(byte @Nullable [] bytes, int from, int length);

		/** The target that answers is at work. */
		void progressed();

		void failed(ObjectNode error) throws IOException;

		void ended() throws IOException;

	}

}
