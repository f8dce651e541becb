package io.github.agentresilience.support;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;

/**
 * As much of HTTP/2 as it takes to answer chat completions, or to refuse them, over a
 * {@link RawServer.Connection}.
 */
public final class Http2Server {

	private static final int DATA = 0;

	private static final int HEADERS = 1;

	private static final int RST_STREAM = 3;

	private static final int SETTINGS = 4;

	private static final int PING = 6;

	private static final int GOAWAY = 7;

	private static final int END_STREAM = 1;

	private static final int ACK = 1;

	private static final int END_HEADERS = 4;

	private static final int REFUSED_STREAM = 7;

	private static final byte[] STATUS_200_JSON = headers();

	private final RawServer.Connection connection;

	private final DataInputStream in;

	private final Map<Integer, ByteArrayOutputStream> bodies = new HashMap<>();

	/** Greets the client. */
	public Http2Server(RawServer.Connection connection) throws IOException {
		this.connection = connection;
		this.in = new DataInputStream(connection.in());
		this.in.readFully(new byte["PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".length()]);
		frame(SETTINGS, 0, 0, new byte[0]);
	}

	/**
	 * Waits for a request.
	 * @return the id of its stream
	 */
	public int request() throws IOException {
		while (true) {
			int length = (this.in.readUnsignedByte() << 16) | this.in.readUnsignedShort();
			int type = this.in.readUnsignedByte();
			int flags = this.in.readUnsignedByte();
			int stream = this.in.readInt();
			byte[] payload = new byte[length];
			this.in.readFully(payload);
			if (type == SETTINGS && (flags & ACK) == 0) {
				frame(SETTINGS, ACK, 0, new byte[0]);
			}
			else if (type == PING && (flags & ACK) == 0) {
				frame(PING, ACK, 0, payload);
			}
			else if (type == DATA) {
				this.bodies.computeIfAbsent(stream, (id) -> new ByteArrayOutputStream()).write(payload);
				if ((flags & END_STREAM) != 0) {
					String body = this.bodies.remove(stream).toString(StandardCharsets.UTF_8);
					this.connection
						.counts(new ScriptedProvider.Request("POST", "/", Map.of(), body, System.nanoTime()));
					return stream;
				}
			}
		}
	}

	public void answer(int stream) throws IOException {
		this.connection.counts();
		begin(stream);
		frame(DATA, END_STREAM, stream, ScriptedStream.completion(Reply.text("Here I am"), "m"));
	}

	/** Sends the headers of an answer. */
	public void begin(int stream) throws IOException {
		frame(HEADERS, END_HEADERS, stream, STATUS_200_JSON);
	}

	public void refuse(int stream) throws IOException {
		frame(RST_STREAM, 0, stream, ByteBuffer.allocate(4).putInt(REFUSED_STREAM).array());
	}

	/** Says that nothing was done with what came after a stream. */
	public void goAway(int lastStream) throws IOException {
		frame(GOAWAY, 0, 0, ByteBuffer.allocate(8).putInt(lastStream).putInt(0).array());
	}

	private void frame(int type, int flags, int stream, byte[] payload) throws IOException {
		this.connection.send(ByteBuffer.allocate(9 + payload.length)
			.put((byte) (payload.length >> 16))
			.putShort((short) payload.length)
			.put((byte) type)
			.put((byte) flags)
			.putInt(stream)
			.put(payload)
			.array());
	}

	/** Index 8 of the static table, then a value for the name at index 31. */
	private static byte[] headers() {
		byte[] type = "application/json".getBytes(StandardCharsets.US_ASCII);
		return ByteBuffer.allocate(4 + type.length)
			.put((byte) 0x88)
			.put((byte) 0x0f)
			.put((byte) (31 - 15))
			.put((byte) type.length)
			.put(type)
			.array();
	}

}
