package io.github.agentresilience.mcp.internal.transport;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;

import io.github.agentresilience.chain.internal.wire.EventStreamReader;

/**
 * Reads the messages in the body of an HTTP answer, which may be cut anywhere. The body
 * itself says whether it is JSON or an event stream; servers' content types are often
 * wrong. A message is read as soon as it is whole, also where the body goes on. Each byte
 * is looked at once, and one message is held at a time.
 *
 * <p>
 * For one thread at a time.
 */
final class MessageReader implements EventStreamReader.Handler {

	/** What one message may hold. A result of that size fits no model. */
	static final int MOST_BYTES = 64 * 1024 * 1024;

	private static final int FIRST_SIZE = 1024;

	private static final String MESSAGE = "message";

	private static final byte[] BYTE_ORDER_MARK = { (byte) 0xEF, (byte) 0xBB, (byte) 0xBF };

	private final int mostBytes;

	private final Handler handler;

	private final EventStreamReader events;

	private Form form;

	/** How much of a byte order mark has come. */
	private int marked;

	/** The JSON value that has begun and not ended. */
	private byte[] value = new byte[0];

	private int length;

	private int depth;

	private boolean inText;

	private boolean escaped;

	private boolean empty = true;

	private boolean unreadable;

	/** A line came that is none of an event stream. */
	private boolean foreign;

	private boolean anyEvent;

	/** A line of the event that has begun is damaged, and with it what it said. */
	private boolean damaged;

	private MessageReader(int mostBytes, Handler handler, Form form) {
		this.mostBytes = mostBytes;
		this.handler = handler;
		this.form = form;
		this.events = new EventStreamReader(mostBytes, this);
	}

	/** A reader of one body. */
	MessageReader(int mostBytes, Handler handler) {
		this(mostBytes, handler, Form.UNKNOWN);
	}

	/** A reader of a body that can be nothing but an event stream. */
	static MessageReader ofEvents(Handler handler) {
		return new MessageReader(MOST_BYTES, handler, Form.EVENTS);
	}

	/** Whether the body had nothing but blanks so far. */
	boolean isEmpty() {
		return this.empty;
	}

	/** Whether something came that says more than nothing and is no message. */
	boolean isUnreadable() {
		return this.unreadable || this.foreign;
	}

	/**
	 * Whether nothing that came looks like the answer of an MCP server: a page for
	 * people, say.
	 */
	boolean isForeign() {
		return this.foreign && !this.anyEvent && !this.unreadable;
	}

	/**
	 * Reads on.
	 * @throws IOException when a message is larger than it may be
	 */
	void read(ByteBuffer bytes) throws IOException {
		if (bytes.hasArray()) {
			read(bytes.array(), bytes.arrayOffset() + bytes.position(), bytes.remaining());
			bytes.position(bytes.limit());
			return;
		}
		byte[] copy = new byte[bytes.remaining()];
		bytes.get(copy);
		read(copy, 0, copy.length);
	}

	void read(byte[] bytes, int from, int count) throws IOException {
		int start = from;
		int end = from + count;
		if (this.form == Form.UNKNOWN) {
			start = begin(bytes, from, end);
		}
		if (start == end) {
			return;
		}
		this.empty = false;
		switch (this.form) {
			case EVENTS -> this.events.read(bytes, start, end - start);
			case JSON -> json(bytes, start, end);
			default -> {
			}
		}
	}

	/** Finds the first byte that says something. */
	private int begin(byte[] bytes, int from, int end) {
		for (int at = from; at < end; at++) {
			byte each = bytes[at];
			if (this.marked < BYTE_ORDER_MARK.length && each == BYTE_ORDER_MARK[this.marked]) {
				this.marked++;
			}
			else if (!isBlank(each)) {
				this.form = (each == '{' || each == '[') ? Form.JSON : Form.EVENTS;
				return at;
			}
		}
		return end;
	}

	private static boolean isBlank(byte each) {
		return each == ' ' || each == '\n' || each == '\r' || each == '\t';
	}

	private void json(byte[] bytes, int from, int end) throws IOException {
		int start = from;
		for (int at = from; at < end; at++) {
			byte each = bytes[at];
			if (this.inText) {
				if (this.escaped) {
					this.escaped = false;
				}
				else if (each == '\\') {
					this.escaped = true;
				}
				else if (each == '"') {
					this.inText = false;
				}
				continue;
			}
			if (each == '{' || each == '[') {
				if (this.depth++ == 0) {
					start = at;
				}
			}
			else if (this.depth == 0) {
				if (!isBlank(each)) {
					// What follows whole messages and is none
					this.unreadable = true;
					this.form = Form.RUBBISH;
					return;
				}
			}
			else if (each == '"') {
				this.inText = true;
			}
			else if ((each == '}' || each == ']') && --this.depth == 0) {
				value(bytes, start, at + 1 - start);
				start = at + 1;
			}
		}
		if (this.depth > 0) {
			keep(bytes, start, end - start);
		}
	}

	private void value(byte[] bytes, int from, int count) throws IOException {
		if (this.length == 0) {
			message(bytes, from, count);
			return;
		}
		keep(bytes, from, count);
		int whole = this.length;
		this.length = 0;
		message(this.value, 0, whole);
	}

	private void keep(byte[] bytes, int from, int count) throws IOException {
		long size = (long) this.length + count;
		if (size > this.mostBytes) {
			throw new IOException("A message of the MCP server is larger than " + this.mostBytes + " bytes");
		}
		if (size > this.value.length) {
			this.value = Arrays.copyOf(this.value, (int) Math
				.min(Math.max(Math.max(2L * this.value.length, size), FIRST_SIZE), Integer.MAX_VALUE - 8));
		}
		System.arraycopy(bytes, from, this.value, this.length, count);
		this.length += count;
	}

	private void message(byte[] bytes, int from, int count) {
		if (!JsonRpc.read(bytes, from, count, this.handler)) {
			this.unreadable = true;
		}
	}

	@Override
	public void event(EventStreamReader.Event event) {
		this.anyEvent = true;
		boolean whole = !this.damaged;
		this.damaged = false;
		byte[] data = event.bytes();
		int from = 0;
		while (from < event.length() && isBlank(data[from])) {
			from++;
		}
		if (from == event.length()) {
			return;
		}
		boolean json = data[from] == '{' || data[from] == '[';
		if (json && whole && JsonRpc.read(data, from, event.length() - from, this.handler)) {
			return;
		}
		String name = event.name();
		if (name == null || name.isEmpty() || name.equals(MESSAGE)) {
			this.unreadable = true;
		}
		else {
			this.handler.event(name, event);
		}
	}

	/** A message without a field's name before it is read all the same. */
	@Override
	public void unknownField(byte[] bytes, int from, int count) {
		if (bytes[from] == '{' && JsonRpc.read(bytes, from, count, this.handler)) {
			return;
		}
		this.foreign = true;
		for (int at = from; at < from + count; at++) {
			// Names of fields have no such characters, so that this may have been a line
			// of data
			this.damaged |= bytes[at] >= 0 && bytes[at] < ' ' && bytes[at] != '\t' || bytes[at] < 0;
		}
	}

	/**
	 * The body is over.
	 * @throws IOException when the last message is larger than it may be
	 */
	void end() throws IOException {
		if (this.form == Form.EVENTS) {
			this.events.end();
		}
		if (this.depth > 0) {
			this.unreadable = true;
		}
	}

	/** What a body looks like. */
	private enum Form {

		UNKNOWN, JSON, EVENTS, RUBBISH

	}

	/** Is given what has been read. */
	interface Handler extends JsonRpc.Receiver {

		/**
		 * An event of another name than {@code message} that holds no message.
		 * @param event valid during this call only
		 */
		default void event(String name, EventStreamReader.Event event) {
		}

	}

}
