package io.github.agentresilience.mcp.internal.transport;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

import io.modelcontextprotocol.json.McpJsonDefaults;
import io.modelcontextprotocol.json.McpJsonMapper;
import io.modelcontextprotocol.spec.McpSchema;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCMessage;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCNotification;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCRequest;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCResponse;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCResponse.JSONRPCError;
import org.jspecify.annotations.Nullable;

/**
 * Reads JSON-RPC messages as servers write them: with {@code "error": null} beside a
 * result, without {@code jsonrpc}, with an error that is a text, several messages in an
 * array. What is no UTF-8 or no JSON is not read at all, so that nothing that is damaged
 * passes for whole.
 */
public final class JsonRpc {

	private static final char REPLACEMENT = '\uFFFD';

	private static volatile @Nullable McpJsonMapper mapper;

	private JsonRpc() {
	}

	/**
	 * Reads JSON.
	 * @return whether it was a message, or an array of nothing else
	 */
	static boolean read(byte[] bytes, int from, int length, Receiver receiver) {
		try {
			return read(text(bytes, from, length), receiver);
		}
		catch (CharacterCodingException unreadable) {
			return false;
		}
	}

	/** Reads a text likewise. */
	static boolean read(String text, Receiver receiver) {
		try {
			return read(json().readValue(text, Object.class), receiver);
		}
		catch (IOException | RuntimeException unreadable) {
			return false;
		}
	}

	private static String text(byte[] bytes, int from, int length) throws CharacterCodingException {
		String text = new String(bytes, from, length, StandardCharsets.UTF_8);
		if (text.indexOf(REPLACEMENT) >= 0) {
			// Either what the server says, or bytes that are none; the decoder tells
			StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes, from, length));
		}
		return text;
	}

	public static McpJsonMapper json() {
		McpJsonMapper known = mapper;
		if (known == null) {
			known = McpJsonDefaults.getMapper();
			mapper = known;
		}
		return known;
	}

	private static boolean read(@Nullable Object value, Receiver receiver) {
		if (value instanceof List<?> batch) {
			boolean all = !batch.isEmpty();
			for (Object each : batch) {
				all &= read(each, receiver);
			}
			return all;
		}
		return value instanceof Map<?, ?> fields && message(fields, receiver);
	}

	private static boolean message(Map<?, ?> fields, Receiver receiver) {
		JSONRPCError error = error(fields.get("error"));
		Object result = fields.get("result");
		if (error != null || result != null) {
			receiver.response(new Response(id(fields.get("id")), (error != null) ? null : result, error));
			return true;
		}
		if (fields.get("method") instanceof String method) {
			Object id = id(fields.get("id"));
			JSONRPCMessage message = (id != null) ? new JSONRPCRequest(method, id, fields.get("params"))
					: new JSONRPCNotification(method, fields.get("params"));
			receiver.message(message);
			return true;
		}
		if (fields.containsKey("result")) {
			receiver.response(new Response(id(fields.get("id")), null, null));
			return true;
		}
		return false;
	}

	private static @Nullable Object id(@Nullable Object given) {
		return (given == null || given instanceof Integer || given instanceof Long) ? given : String.valueOf(given);
	}

	private static @Nullable JSONRPCError error(@Nullable Object given) {
		if (given instanceof Map<?, ?> fields) {
			return fields.isEmpty() ? null
					: new JSONRPCError(code(fields.get("code")), words(fields.get("message")), fields.get("data"));
		}
		if (given == null || Boolean.FALSE.equals(given) || given.equals("")) {
			return null;
		}
		return new JSONRPCError(McpSchema.ErrorCodes.INTERNAL_ERROR, given.toString(), null);
	}

	private static int code(@Nullable Object given) {
		if (given instanceof Number number) {
			return number.intValue();
		}
		try {
			return Integer.parseInt(String.valueOf(given));
		}
		catch (NumberFormatException noCode) {
			return McpSchema.ErrorCodes.INTERNAL_ERROR;
		}
	}

	private static String words(@Nullable Object given) {
		return (given != null) ? given.toString() : "";
	}

	/** Is given what has been read. */
	interface Receiver {

		void response(Response response);

		/** A request of the server's, or a notification. */
		void message(JSONRPCMessage message);

	}

	/**
	 * A response, before it is known whose.
	 *
	 * @param id {@code null} where it has none
	 * @param result {@code null} in an error, and where the server answered {@code null}
	 * @param error {@code null} in a result
	 */
	record Response(@Nullable Object id, @Nullable Object result, @Nullable JSONRPCError error) {

		boolean isNull() {
			return this.result == null && this.error == null;
		}

		/** As the SDK takes it, {@code null} where it is to no request. */
		@Nullable JSONRPCResponse forSdk() {
			if (this.id == null) {
				return null;
			}
			if (this.error != null) {
				return JSONRPCResponse.error(this.id, this.error);
			}
			// The SDK takes no null; whoever waits for a result finds that this is none,
			// and whoever waits for an answer only has one
			return JSONRPCResponse.result(this.id, (this.result != null) ? this.result : Boolean.FALSE);
		}

	}

}
