package io.github.agentresilience.support;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import java.util.function.LongPredicate;

/**
 * Writes the answer of a {@link ScriptedProvider}, one chunk of text for each word.
 */
final class ScriptedStream {

	private static final long COMMENT_MILLIS = 50;

	private final OutputStream out;

	private final Reply reply;

	private final String model;

	ScriptedStream(OutputStream out, Reply reply, String model) {
		this.out = out;
		this.reply = reply;
		this.model = model;
	}

	static byte[] completion(Reply reply, String model) {
		if (reply.kind() == Reply.Kind.TOOL_CALL) {
			return """
					{"id":"c-1","object":"chat.completion","created":1,"model":"%s","choices":[{"index":0,\
					"finish_reason":"tool_calls","message":{"role":"assistant","content":null,"tool_calls":[{"id":"call-1",\
					"type":"function","function":{"name":"%s","arguments":%s}}]}}],\
					"usage":%s}"""
				.formatted(model, reply.contentType(), quoted(reply.body()), reply.usage())
				.getBytes(StandardCharsets.UTF_8);
		}
		return """
				{"id":"c-1","object":"chat.completion","created":1,"model":"%s","choices":[{"index":0,"finish_reason":"%s",\
				"message":{"role":"assistant","content":"%s"}}],\
				"usage":%s}"""
			.formatted(model, reply.contentType(), reply.body(), reply.usage())
			.getBytes(StandardCharsets.UTF_8);
	}

	/**
	 * Writes the stream.
	 * @param pause waits some milliseconds and says whether the client left
	 * @return whether the connection can be used again
	 */
	boolean write(LongPredicate pause) throws IOException {
		StringBuilder head = new StringBuilder("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n");
		this.reply.headers().forEach((name, value) -> head.append(name).append(": ").append(value).append("\r\n"));
		raw(head.append("Transfer-Encoding: chunked\r\n\r\n").toString());
		if (this.reply.how() != Reply.Break.NO_ROLE) {
			event(delta("{\"role\":\"assistant\",\"content\":\"\"}", "null"));
		}
		boolean toolCall = this.reply.kind() == Reply.Kind.TOOL_CALL;
		if (toolCall) {
			event(delta(
					"{\"tool_calls\":[{\"index\":0,\"id\":\"call-1\",\"type\":\"function\",\"function\":{\"name\":\""
							+ this.reply.contentType() + "\",\"arguments\":\"\"}}]}",
					"null"));
		}
		String[] words = this.reply.body().split("(?<= )");
		for (int i = 0; i < words.length; i++) {
			if (i == this.reply.breakAfter()) {
				switch (this.reply.how()) {
					case CUT -> {
						return false;
					}
					case CLEAN_END -> {
						raw("0\r\n\r\n");
						return true;
					}
					case STALL -> {
						pause.test(TimeUnit.MINUTES.toMillis(10));
						return false;
					}
					case COMMENTS -> {
						while (!pause.test(COMMENT_MILLIS)) {
							chunk(": still here\n\n");
						}
						return false;
					}
					case MALFORMED -> event("{not json");
					case ERROR_EVENT -> event("{\"error\":{\"message\":\"overloaded\",\"type\":\"server_error\"}}");
					default -> {
					}
				}
			}
			if (!this.reply.chunkDelay().isZero() && pause.test(this.reply.chunkDelay().toMillis())) {
				return false;
			}
			event(delta(
					toolCall ? "{\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":" + quoted(words[i]) + "}}]}"
							: "{\"content\":\"" + words[i] + "\"}",
					"null"));
		}
		event(delta("{}", toolCall ? "\"tool_calls\"" : "\"" + this.reply.contentType() + "\""));
		event("{\"id\":\"c-1\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"" + this.model
				+ "\",\"choices\":[],\"usage\":" + this.reply.usage() + "}");
		if (this.reply.how() != Reply.Break.NO_DONE) {
			event("[DONE]");
		}
		raw("0\r\n\r\n");
		return true;
	}

	private static String quoted(String json) {
		return '"' + json.replace("\"", "\\\"") + '"';
	}

	private String delta(String delta, String finish) {
		return "{\"id\":\"c-1\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"" + this.model
				+ "\",\"choices\":[{\"index\":0,\"delta\":" + delta + ",\"finish_reason\":" + finish + "}]}";
	}

	private void event(String data) throws IOException {
		chunk("data: " + data + "\n\n");
	}

	private void chunk(String text) throws IOException {
		byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
		raw(Integer.toHexString(bytes.length) + "\r\n");
		this.out.write(bytes);
		raw("\r\n");
	}

	private void raw(String text) throws IOException {
		this.out.write(text.getBytes(StandardCharsets.UTF_8));
		this.out.flush();
	}

}
