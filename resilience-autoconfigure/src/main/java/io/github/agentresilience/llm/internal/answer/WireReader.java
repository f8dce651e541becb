package io.github.agentresilience.llm.internal.answer;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Objects;

import io.github.agentresilience.chain.internal.wire.EventStreamReader;
import io.github.agentresilience.llm.internal.failure.BrokenAnswerException;
import org.jspecify.annotations.Nullable;

/**
 * Takes the body of an answer apart, whatever it calls itself: an event stream, a JSON
 * object, a row of objects, or objects between events, as servers send them that put an
 * error or an end behind what was begun in another form.
 */
final class WireReader {

	private static final int FIRST_BUFFER = 1024;

	private static final byte[] EMPTY = new byte[0];

	private static final byte[] CHOICES = "\"choices\"".getBytes(StandardCharsets.US_ASCII);

	private final int mostBytes;

	private final Handler handler;

	/** What reads events, {@code null} where none has come. */
	private @Nullable EventStreamReader events;

	private boolean begun;

	private @Nullable JsonEnd json;

	private byte[] buffer = EMPTY;

	private int length;

	/**
	 * A reader of one body.
	 * @param mostBytes what one event or object may hold
	 */
	WireReader(int mostBytes, Handler handler) {
		this.mostBytes = mostBytes;
		this.handler = handler;
	}

	/**
	 * Reads on.
	 * @throws IOException when something is larger than it may be, or the handler throws
	 * it
	 */
	void read(byte[] bytes, int from, int count) throws IOException {
		int end = from + count;
		for (int at = from; at < end; at++) {
			if (this.events != null) {
				this.events.read(bytes, at, end - at);
				return;
			}
			if (this.json != null) {
				at = json(bytes, at, end);
			}
			else if (isJson(bytes[at])) {
				this.begun = true;
				this.json = new JsonEnd();
				at--;
			}
			else if (bytes[at] > ' ' || bytes[at] < 0) {
				// A byte order mark is no letter
				if (this.begun || bytes[at] > 0) {
					this.events = new EventStreamReader(this.mostBytes, new Events());
					at--;
				}
			}
		}
	}

	private static boolean isJson(byte first) {
		return first == '{' || first == '[';
	}

	/** Reads on within an object or array, up to its end. */
	private int json(byte[] bytes, int from, int end) throws IOException {
		int at = from;
		while (at < end && !Objects.requireNonNull(this.json).endsWith(bytes[at])) {
			at++;
		}
		boolean whole = at < end;
		if (whole && from == 0 && this.length == 0 && this.events == null) {
			checkSize(at + 1);
			this.json = null;
			this.handler.json(bytes, at + 1);
			return at;
		}
		keep(bytes, from, (whole ? at + 1 : at) - from);
		if (whole) {
			byte[] value = this.buffer;
			int size = this.length;
			this.json = null;
			this.length = 0;
			this.buffer = EMPTY;
			this.handler.json(value, size);
		}
		return at;
	}

	private void keep(byte[] bytes, int from, int count) throws IOException {
		long needed = (long) this.length + count;
		checkSize(needed);
		if (needed > this.buffer.length) {
			this.buffer = Arrays.copyOf(this.buffer,
					(int) Math.min(this.mostBytes, Math.max(needed, Math.max(FIRST_BUFFER, 2L * this.buffer.length))));
		}
		System.arraycopy(bytes, from, this.buffer, this.length, count);
		this.length += count;
	}

	private void endEvent() throws IOException {
		if (this.events != null) {
			this.events.endEvent();
		}
	}

	private void checkSize(long bytes) throws BrokenAnswerException {
		if (bytes > this.mostBytes) {
			throw new BrokenAnswerException("the answer is larger than " + this.mostBytes + " bytes");
		}
	}

	/**
	 * The body is over.
	 * @throws IOException when it ended within an object, or the handler throws it
	 */
	void end() throws IOException {
		if (this.events != null) {
			this.events.end();
		}
		if (this.json != null) {
			throw new BrokenAnswerException("malformed chunk or answer: it ends within its JSON");
		}
	}

	/**
	 * Is told what a body holds. The bytes of an object are the handler's from then on,
	 * those of an event are valid during the call only.
	 */
	interface Handler {

		/**
		 * An object or array outside of events, which may be no JSON for all its
		 * brackets.
		 */
		void json(byte[] bytes, int length) throws IOException;

		/** An event with its data. */
		void event(@Nullable String name, byte[] bytes, int length) throws IOException;

	}

	private final class Events implements EventStreamReader.Handler {

		@Override
		public void event(EventStreamReader.Event event) throws IOException {
			WireReader.this.handler.event(event.name(), event.bytes(), event.length());
		}

		/** Objects without a field's name before them, and errors that are fields. */
		@Override
		public void unknownField(byte[] bytes, int from, int length) throws IOException {
			if (WireReader.this.json != null || isBareJson(bytes, from, length)) {
				// What came before goes first
				WireReader.this.endEvent();
				bare(bytes, from, length);
				return;
			}
			int colon = from;
			while (colon < from + length && bytes[colon] != ':') {
				colon++;
			}
			int value = Math.min(colon + 1, from + length);
			boolean error = AnswerError.isErrorEvent(new String(bytes, from, colon - from, StandardCharsets.UTF_8));
			boolean chunk = contains(CHOICES, bytes, value, from + length)
					|| isDamaged(bytes, from, colon, from + length);
			if (error || chunk) {
				WireReader.this.endEvent();
				WireReader.this.handler.event(error ? "error" : null, Arrays.copyOfRange(bytes, value, from + length),
						from + length - value);
			}
		}

		/**
		 * Whether the name of a field that holds an object is none that anybody would
		 * choose.
		 */
		private static boolean isDamaged(byte[] bytes, int from, int colon, int to) {
			int value = colon + 1;
			while (value < to && bytes[value] == ' ') {
				value++;
			}
			if (value >= to || bytes[value] != '{') {
				return false;
			}
			for (int at = from; at < colon; at++) {
				if (bytes[at] <= ' ') {
					return true;
				}
			}
			return false;
		}

		private static boolean contains(byte[] sought, byte[] bytes, int from, int to) {
			for (int at = from; at + sought.length <= to; at++) {
				if (Arrays.equals(sought, 0, sought.length, bytes, at, at + sought.length)) {
					return true;
				}
			}
			return false;
		}

		private boolean isBareJson(byte[] bytes, int from, int length) {
			String start = new String(bytes, from, Math.min(length, 16), StandardCharsets.UTF_8).replaceAll("\\s", "");
			return start.equals("{") || start.startsWith("{\"") || start.startsWith("[{");
		}

		private void bare(byte[] bytes, int from, int length) throws IOException {
			WireReader reader = WireReader.this;
			reader.json = (reader.json != null) ? reader.json : new JsonEnd();
			int end = reader.json(bytes, from, from + length) + 1;
			if (reader.json != null) {
				reader.json.endsWith('\n');
				reader.keep(new byte[] { '\n' }, 0, 1);
			}
			else if (end < from + length) {
				throw new BrokenAnswerException("malformed chunk: a line of the stream is no JSON");
			}
		}

	}

}
