package io.github.agentresilience.llm.internal.answer;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

/**
 * A sound answer as some server might stream it, and what was done to it on its way.
 */
final class FuzzedAnswer {

	private static final String[] WORDS = { "Hello", " world", "é", "那个", "🦀", "\"", "\\", "{", "}", "[DONE]",
			"data: x", "\n", "\r\n", "\u2028", ":", "\t", "}]}", "finish_reason", "null", " " };

	private static final String[] REASONS = { "stop", "length", "end_turn", "MAX_TOKENS", "eos", "some_new_reason",
			"tool_calls" };

	private static final String[] BETWEEN = { ": ping", ":", "retry: 10", "id: 7",
			"event: ping\ndata: {\"type\":\"ping\"}", "data:", "data: keep-alive", "event: x", "padding: yyy",
			"data: {\"object\":\"ping\"}", "data: null", ": bytes \u00ff", "data: {\"choices\":[]}",
			"data: {\"choices\":null,\"usage\":null}", "event: note\ndata: {\"status\":\"running\"}" };

	private final Random random;

	/** What is to come out of it. */
	final StringBuilder text = new StringBuilder();

	final List<String> tools = new ArrayList<>();

	/** Whether what was done to it may cost the answer. */
	boolean harmed;

	private final String reason;

	private final List<byte[]> events = new ArrayList<>();

	FuzzedAnswer(Random random) {
		this.random = random;
		List<ObjectNode> toolParts = toolParts();
		int words = this.tools.isEmpty() ? 1 + random.nextInt(8) : random.nextInt(4);
		for (int i = 0; i < words + toolParts.size(); i++) {
			boolean tool = !toolParts.isEmpty() && (i >= words || random.nextInt(3) == 0);
			ObjectNode delta = tool ? toolParts.remove(0) : Json.object();
			String said = (!tool || random.nextInt(4) == 0) ? say() : "";
			if (!tool || !said.isEmpty()) {
				delta.put("content", said);
			}
			event(chunk(delta, null));
			if (!tool && random.nextInt(6) == 0) {
				// The same words once more are words
				event(chunk(Json.object().put("content", said), null));
				this.text.append(said);
			}
		}
		for (ObjectNode left : toolParts) {
			event(chunk(left, null));
		}
		String word = this.tools.isEmpty() ? REASONS[random.nextInt(REASONS.length - 1)] : "tool_calls";
		this.reason = word;
		ObjectNode last = Json.object();
		if (random.nextInt(4) == 0) {
			last.put("content", say());
		}
		event(chunk(last, word));
		if (random.nextBoolean()) {
			event("{\"choices\":[],\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":2,\"total_tokens\":3}}");
		}
		if (random.nextInt(4) != 0) {
			event("[DONE]");
		}
	}

	private String say() {
		StringBuilder said = new StringBuilder();
		for (int i = this.random.nextInt(4); i >= 0; i--) {
			said.append(WORDS[this.random.nextInt(WORDS.length)]);
		}
		this.text.append(said);
		return said.toString();
	}

	/** The parts of up to three tool calls, with all that servers leave out. */
	private List<ObjectNode> toolParts() {
		List<ObjectNode> parts = new ArrayList<>();
		int calls = Math.max(0, this.random.nextInt(6) - 2);
		boolean withIndex = this.random.nextBoolean();
		for (int call = 0; call < calls; call++) {
			String arguments = Json.object()
				.put("a", WORDS[this.random.nextInt(WORDS.length)])
				.put("n", call)
				.toString();
			this.tools.add("tool" + call + " " + arguments);
			int cut = this.random.nextInt(arguments.length());
			String[] pieces = this.random.nextInt(3) == 0 ? new String[] { arguments }
					: new String[] { arguments.substring(0, cut), arguments.substring(cut) };
			for (int i = 0; i < pieces.length; i++) {
				ObjectNode delta = Json.object();
				ObjectNode part = delta.putArray("tool_calls").addObject();
				if (withIndex) {
					part.put("index", call);
				}
				ObjectNode function = part.putObject("function");
				if (i == 0) {
					part.put("id", "call_" + call);
					function.put("name", "tool" + call);
				}
				else if (this.random.nextBoolean()) {
					part.put("id", "");
					function.put("name", "");
				}
				function.put("arguments", pieces[i]);
				parts.add(delta);
			}
		}
		return parts;
	}

	private String chunk(ObjectNode delta, String finish) {
		ObjectNode chunk = Json.object();
		if (this.random.nextInt(4) != 0) {
			chunk.put("id", "c-1").put("object", "chat.completion.chunk").put("created", 1).put("model", "m-1");
		}
		ArrayNode choices = chunk.putArray("choices");
		ObjectNode choice = choices.addObject();
		if (this.random.nextInt(4) != 0) {
			choice.put("index", 0);
		}
		choice.set("delta", delta);
		if (finish != null) {
			choice.put("finish_reason", finish);
		}
		else if (this.random.nextBoolean()) {
			choice.put("finish_reason", this.random.nextBoolean() ? null : "");
		}
		return chunk.toString();
	}

	/** Half a character can be sent only escaped. */
	private void event(String json) {
		boolean half = json.chars().anyMatch((c) -> Character.isSurrogate((char) c))
				&& !new String(json.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8).equals(json);
		String data = json;
		if (half || this.random.nextInt(3) == 0) {
			StringBuilder escaped = new StringBuilder();
			json.chars()
				.forEach((c) -> escaped.append((c < 128) ? String.valueOf((char) c) : String.format("\\u%04x", c)));
			data = escaped.toString();
		}
		this.events
			.add(("data:" + (this.random.nextBoolean() ? " " : "") + data + "\n\n").getBytes(StandardCharsets.UTF_8));
	}

	/** The answer on the wire, as a stream. */
	byte[] stream() {
		ByteArrayOutputStream out = new ByteArrayOutputStream();
		if (this.random.nextInt(8) == 0) {
			out.writeBytes(new byte[] { (byte) 0xEF, (byte) 0xBB, (byte) 0xBF });
		}
		boolean between = this.random.nextBoolean();
		boolean twice = this.random.nextInt(4) == 0;
		for (byte[] event : this.events) {
			while (between && this.random.nextInt(3) == 0) {
				out.writeBytes(
						(BETWEEN[this.random.nextInt(BETWEEN.length)] + "\n\n").getBytes(StandardCharsets.UTF_8));
			}
			out.writeBytes(event);
			if (twice && new String(event, StandardCharsets.UTF_8)
				.matches("(?s)data: ?(\\[DONE]|\\{\"choices\":\\[],).*")) {
				out.writeBytes(event);
			}
		}
		return lineEnds(out.toByteArray());
	}

	/** The answer in one piece. */
	byte[] whole() {
		ObjectNode answer = Json.object();
		ObjectNode choice = answer.putArray("choices").addObject();
		ObjectNode message = choice.putObject("message").put("content", this.text.toString());
		for (String tool : this.tools) {
			ObjectNode function = message.withArray("tool_calls").addObject().putObject("function");
			function.put("name", tool.substring(0, tool.indexOf(' ')))
				.put("arguments", tool.substring(tool.indexOf(' ') + 1));
		}
		choice.put("finish_reason", this.reason);
		String before = this.random.nextBoolean() ? "" : " \n\r\n ";
		return (before + answer).getBytes(StandardCharsets.UTF_8);
	}

	private byte[] lineEnds(byte[] stream) {
		int style = this.random.nextInt(4);
		if (style == 0) {
			return stream;
		}
		ByteArrayOutputStream out = new ByteArrayOutputStream();
		for (byte each : stream) {
			int how = (style == 3) ? this.random.nextInt(3) : style;
			if (each != '\n' || how == 0) {
				out.write(each);
			}
			else {
				out.writeBytes((how == 1) ? new byte[] { '\r', '\n' } : new byte[] { '\r' });
			}
		}
		return out.toByteArray();
	}

	/** Does what befalls bytes on their way. */
	byte[] onItsWay(byte[] sent) {
		byte[] bytes = sent;
		for (int i = this.random.nextInt(3); i > 0; i--) {
			this.harmed = true;
			int at = this.random.nextInt(bytes.length + 1);
			bytes = switch (this.random.nextInt(4)) {
				case 0 -> with(bytes, at, new byte[] { 0 });
				case 1 -> with(bytes, at, new byte[] { (byte) 0xFF });
				case 2 -> with(bytes, at, new byte[] { (byte) 0xE2, (byte) 0x82 });
				default -> java.util.Arrays.copyOf(bytes, at);
			};
		}
		return bytes;
	}

	private static byte[] with(byte[] bytes, int at, byte[] more) {
		ByteArrayOutputStream out = new ByteArrayOutputStream();
		out.write(bytes, 0, at);
		out.writeBytes(more);
		out.write(bytes, at, bytes.length - at);
		return out.toByteArray();
	}

}
