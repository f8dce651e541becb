package io.github.agentresilience.chain.internal.wire;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

import org.jspecify.annotations.Nullable;

/**
 * Reads an event stream as browsers do, from bytes that may be cut anywhere: with a byte
 * order mark or without, lines that end in CR, LF or both, comments, fields without a
 * space or without a colon, several lines of data in one event. Other than a browser it
 * takes the end of the body for the end of its last event, since what came before it may
 * be all there is. Each byte is looked at once, and one event is held at a time.
 *
 * <p>
 * For one thread at a time.
 *
 * @see <a href=
 * "https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation">Event
 * stream interpretation</a>
 */
public final class EventStreamReader {

	private static final int FIRST_SIZE = 512;

	private static final byte[] DATA = "data".getBytes(StandardCharsets.US_ASCII);

	private static final byte[] EVENT = "event".getBytes(StandardCharsets.US_ASCII);

	private static final byte[] ID = "id".getBytes(StandardCharsets.US_ASCII);

	private static final byte[] RETRY = "retry".getBytes(StandardCharsets.US_ASCII);

	private final int mostBytes;

	private final Handler handler;

	private final Event event = new Event();

	/** The line that has begun and not ended. */
	private byte[] line = new byte[FIRST_SIZE];

	private int lineLength;

	private boolean firstLine = true;

	/** A line ended in CR, so that an LF right behind it is no line. */
	private boolean afterCr;

	/**
	 * A reader of one stream.
	 * @param mostBytes what one event may hold
	 * @param handler is told of each event
	 */
	public EventStreamReader(int mostBytes, Handler handler) {
		this.mostBytes = mostBytes;
		this.handler = handler;
	}

	/**
	 * Reads on.
	 * @param bytes what has come; its position is moved to its limit
	 * @throws IOException when an event is larger than it may be, or the handler throws
	 * it
	 */
	public void read(ByteBuffer bytes) throws IOException {
		if (bytes.hasArray()) {
			int from = bytes.arrayOffset() + bytes.position();
			int length = bytes.remaining();
			bytes.position(bytes.limit());
			read(bytes.array(), from, length);
			return;
		}
		byte[] copy = new byte[bytes.remaining()];
		bytes.get(copy);
		read(copy, 0, copy.length);
	}

	/**
	 * Reads on.
	 * @param bytes what has come
	 * @param from where it begins
	 * @param length how much it is
	 * @throws IOException when an event is larger than it may be, or the handler throws
	 * it
	 */
	public void read(byte[] bytes, int from, int length) throws IOException {
		int end = from + length;
		int start = from;
		if (this.afterCr && start < end) {
			this.afterCr = false;
			if (bytes[start] == '\n') {
				start++;
			}
		}
		for (int at = start; at < end; at++) {
			byte each = bytes[at];
			if (each != '\n' && each != '\r') {
				continue;
			}
			endLine(bytes, start, at - start);
			if (each == '\r') {
				if (at + 1 == end) {
					this.afterCr = true;
				}
				else if (bytes[at + 1] == '\n') {
					at++;
				}
			}
			start = at + 1;
		}
		if (start < end) {
			keep(bytes, start, end - start);
		}
	}

	/**
	 * The body is over, and so is the event that had begun.
	 * @throws IOException when the handler throws it
	 */
	public void end() throws IOException {
		if (this.lineLength > 0) {
			endLine(this.line, 0, 0);
		}
		dispatch();
	}

	/**
	 * Ends the event that has begun, as a blank line does, for those who read more in a
	 * line than browsers do.
	 * @throws IOException when the handler throws it
	 */
	public void endEvent() throws IOException {
		dispatch();
	}

	/** Whether part of an event has come that has not been told. */
	public boolean isWithinEvent() {
		return this.lineLength > 0 || this.event.hasData;
	}

	private void keep(byte[] bytes, int from, int length) throws IOException {
		check(this.lineLength + (long) length + this.event.length);
		this.line = withRoom(this.line, this.lineLength, length);
		System.arraycopy(bytes, from, this.line, this.lineLength, length);
		this.lineLength += length;
	}

	private void check(long size) throws IOException {
		if (size > this.mostBytes) {
			throw new IOException("An event of the stream is larger than " + this.mostBytes + " bytes");
		}
	}

	private byte[] withRoom(byte[] array, int used, int more) {
		if (used + more <= array.length) {
			return array;
		}
		return Arrays.copyOf(array,
				(int) Math.min(Math.max(2L * array.length, used + (long) more), Integer.MAX_VALUE - 8));
	}

	private void endLine(byte[] bytes, int from, int length) throws IOException {
		if (this.lineLength == 0) {
			line(bytes, from, length);
			return;
		}
		keep(bytes, from, length);
		int whole = this.lineLength;
		this.lineLength = 0;
		line(this.line, 0, whole);
	}

	private void line(byte[] bytes, int start, int size) throws IOException {
		int from = start;
		int length = size;
		if (this.firstLine) {
			this.firstLine = false;
			if (length >= 3 && bytes[from] == (byte) 0xEF && bytes[from + 1] == (byte) 0xBB
					&& bytes[from + 2] == (byte) 0xBF) {
				from += 3;
				length -= 3;
			}
		}
		if (length == 0) {
			dispatch();
			return;
		}
		int colon = 0;
		while (colon < length && bytes[from + colon] != ':') {
			colon++;
		}
		if (colon == 0) {
			this.handler.comment();
			return;
		}
		int value = Math.min(colon + 1, length);
		if (value < length && bytes[from + value] == ' ') {
			value++;
		}
		field(bytes, from, colon, from + value, length - value);
	}

	private void field(byte[] bytes, int name, int nameLength, int value, int valueLength) throws IOException {
		if (is(DATA, bytes, name, nameLength)) {
			this.event.add(bytes, value, valueLength);
		}
		else if (is(EVENT, bytes, name, nameLength)) {
			this.event.name = new String(bytes, value, valueLength, StandardCharsets.UTF_8);
		}
		else if (is(ID, bytes, name, nameLength)) {
			String id = new String(bytes, value, valueLength, StandardCharsets.UTF_8);
			if (id.indexOf('\0') < 0) {
				this.event.id = id;
			}
		}
		else if (!is(RETRY, bytes, name, nameLength)) {
			int end = value + valueLength;
			this.handler.unknownField(bytes, name, end - name);
		}
	}

	private static boolean is(byte[] name, byte[] bytes, int from, int length) {
		return length == name.length && Arrays.equals(name, 0, length, bytes, from, from + length);
	}

	private void dispatch() throws IOException {
		try {
			if (this.event.hasData) {
				this.handler.event(this.event);
			}
		}
		finally {
			this.event.clear();
		}
	}

	/** Is told what a stream holds. */
	@FunctionalInterface
	public interface Handler {

		/**
		 * An event has come.
		 * @param event valid during this call only
		 */
		void event(Event event) throws IOException;

		/** A comment has come, as servers send them to keep a connection open. */
		default void comment() throws IOException {
		}

		/**
		 * A line has come that is no field of an event stream, which browsers ignore.
		 * @param bytes valid during this call only
		 * @param from where the line begins
		 * @param length how long it is
		 */
		default void unknownField(byte[] bytes, int from, int length) throws IOException {
		}

	}

	/** One event. */
	public final class Event {

		private byte[] data = new byte[FIRST_SIZE];

		private int length;

		private boolean hasData;

		private @Nullable String name;

		private @Nullable String id;

		private Event() {
		}

		/** The event's type, {@code null} where it has none. */
		public @Nullable String name() {
			return this.name;
		}

		/**
		 * The last id that the stream has named, {@code null} where it has named none.
		 */
		public @Nullable String id() {
			return this.id;
		}

		/**
		 * The data as they came; only the first {@link #length()} bytes are the event's.
		 */
		public byte[] bytes() {
			return this.data;
		}

		/**
		 * How many bytes of data there are; none in an event that holds an empty line of
		 * data.
		 */
		public int length() {
			return this.length;
		}

		/** The data as text; what is no UTF-8 becomes the replacement character. */
		public String text() {
			return new String(this.data, 0, this.length, StandardCharsets.UTF_8);
		}

		private void add(byte[] bytes, int from, int count) throws IOException {
			check((long) this.length + count + 1);
			this.data = withRoom(this.data, this.length, count + 1);
			if (this.hasData) {
				this.data[this.length++] = '\n';
			}
			System.arraycopy(bytes, from, this.data, this.length, count);
			this.length += count;
			this.hasData = true;
		}

		private void clear() {
			this.length = 0;
			this.hasData = false;
			this.name = null;
		}

	}

}
