package io.github.agentresilience.support;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Anthropic's own protocol: thinking with signatures, roles that take turns, results that
 * follow their calls.
 */
public final class StrictAnthropic extends TurnEndpoint {

	private final Set<String> ownSignatures = new HashSet<>();

	@Override
	public String title() {
		return "Anthropic (native)";
	}

	@Override
	String refusal(JsonNode body) {
		boolean thinks = thinks(body);
		JsonNode messages = body.get("messages");
		Set<String> seen = new HashSet<>();
		Set<String> open = Set.of();
		String before = "";
		for (int i = 0; i < messages.size(); i++) {
			String role = messages.get(i).path("role").asString();
			if (role.equals(before)) {
				return "messages: roles must alternate, but found multiple \"" + role + "\" roles in a row";
			}
			Set<String> called = new HashSet<>();
			Set<String> answered = new HashSet<>();
			for (JsonNode block : blocks(messages.get(i))) {
				String wrong = switch (block.path("type").asString()) {
					case "text" ->
						block.path("text").asString().isEmpty() ? "text content blocks must be non-empty" : null;
					case "thinking" -> this.ownSignatures.contains(block.path("signature").asString()) ? null
							: "Invalid `signature` in `thinking` block";
					case "tool_use" -> {
						called.add(block.path("id").asString());
						yield wrongId(block.path("id").asString(), seen);
					}
					case "tool_result" -> answered.add(block.path("tool_use_id").asString()) ? null
							: "each tool_use must have a single result";
					default -> null;
				};
				if (wrong != null) {
					return "messages." + i + ": " + wrong;
				}
			}
			if (!answered.equals(open)) {
				return "messages." + i + ": `tool_use` ids were found without `tool_result` blocks immediately after";
			}
			open = called;
			before = role;
		}
		return wrongThinking(messages, thinks);
	}

	private static String wrongId(String id, Set<String> seen) {
		if (!id.matches("[a-zA-Z0-9_-]{1,64}")) {
			return "tool_use.id: String should match pattern '^[a-zA-Z0-9_-]+$'";
		}
		return seen.add(id) ? null : "`tool_use` ids must be unique";
	}

	/** Of the turn that goes on, the last message of the model counts. */
	private static String wrongThinking(JsonNode messages, boolean thinks) {
		for (int i = messages.size() - 1; i >= beginOfTurn(messages); i--) {
			if (messages.get(i).path("role").asString().equals("assistant")) {
				String first = blocks(messages.get(i)).get(0).path("type").asString();
				if (thinks && first.equals("tool_use")) {
					return "messages." + i
							+ ".content.0.type: Expected `thinking` or `redacted_thinking`, but found `tool_use`";
				}
				return (!thinks && first.equals("thinking")) ? "messages." + i
						+ ".content.0: When thinking is disabled, an `assistant` message in the final position cannot contain `thinking`"
						: null;
			}
		}
		return null;
	}

	private static int beginOfTurn(JsonNode messages) {
		for (int i = messages.size() - 1; i >= 0; i--) {
			if (messages.get(i).path("role").asString().equals("user")
					&& !blocks(messages.get(i)).get(0).path("type").asString().equals("tool_result")) {
				return i;
			}
		}
		return 0;
	}

	private static List<JsonNode> blocks(JsonNode message) {
		JsonNode content = message.get("content");
		List<JsonNode> blocks = new ArrayList<>();
		if (content.isString()) {
			blocks.add(object().put("type", "text").put("text", content.asString()));
		}
		else {
			content.forEach(blocks::add);
		}
		return blocks;
	}

	private static boolean thinks(JsonNode body) {
		return body.path("thinking").path("type").asString("").equals("enabled");
	}

	@Override
	int results(JsonNode body) {
		JsonNode messages = body.get("messages");
		int results = 0;
		for (int i = beginOfTurn(messages); i < messages.size(); i++) {
			for (JsonNode block : blocks(messages.get(i))) {
				results += block.path("type").asString().equals("tool_result") ? 1 : 0;
			}
		}
		return results;
	}

	@Override
	Reply calls(JsonNode request, boolean streaming, List<Call> calls) {
		List<ObjectNode> blocks = thought(request);
		for (Call call : calls) {
			ObjectNode block = object().put("type", "tool_use")
				.put("id", "toolu_%024d".formatted(next()))
				.put("name", call.tool());
			block.set("input", JSON.readTree(call.arguments()));
			blocks.add(block);
		}
		return reply(blocks, "tool_use", streaming);
	}

	@Override
	Reply text(JsonNode request, boolean streaming) {
		List<ObjectNode> blocks = thought(request);
		blocks.add(object().put("type", "text").put("text", ANSWER));
		return reply(blocks, "end_turn", streaming);
	}

	private List<ObjectNode> thought(JsonNode request) {
		List<ObjectNode> blocks = new ArrayList<>();
		if (thinks(request)) {
			String signature = "sig-" + next();
			this.ownSignatures.add(signature);
			blocks.add(object().put("type", "thinking").put("thinking", "Let me see.").put("signature", signature));
		}
		return blocks;
	}

	private static Reply reply(List<ObjectNode> blocks, String reason, boolean streaming) {
		ObjectNode message = object().put("id", "msg_1")
			.put("type", "message")
			.put("role", "assistant")
			.put("model", "claude");
		ArrayNode content = message.putArray("content");
		message.putNull("stop_sequence");
		message.putObject("usage").put("input_tokens", 3).put("output_tokens", 5);
		if (!streaming) {
			blocks.forEach(content::add);
			return Reply.raw(200, "application/json", message.put("stop_reason", reason).toString());
		}
		StringBuilder events = new StringBuilder();
		ObjectNode start = object().put("type", "message_start");
		start.set("message", message.putNull("stop_reason"));
		say(events, start);
		for (int i = 0; i < blocks.size(); i++) {
			stream(events, i, blocks.get(i));
		}
		ObjectNode end = object().put("type", "message_delta");
		end.putObject("delta").put("stop_reason", reason).putNull("stop_sequence");
		end.putObject("usage").put("output_tokens", 5);
		say(events, end);
		say(events, object().put("type", "message_stop"));
		return Reply.raw(200, "text/event-stream", events.toString());
	}

	private static void stream(StringBuilder events, int index, ObjectNode block) {
		ObjectNode empty = block.deepCopy();
		List<ObjectNode> deltas = new ArrayList<>();
		switch (block.get("type").asString()) {
			case "thinking" -> {
				empty.put("thinking", "").put("signature", "");
				deltas.add(object().put("type", "thinking_delta").set("thinking", block.get("thinking")));
				deltas.add(object().put("type", "signature_delta").set("signature", block.get("signature")));
			}
			case "tool_use" -> {
				empty.putObject("input");
				deltas.add(object().put("type", "input_json_delta").put("partial_json", block.get("input").toString()));
			}
			default -> {
				empty.put("text", "");
				deltas.add(object().put("type", "text_delta").set("text", block.get("text")));
			}
		}
		say(events, at("content_block_start", index).set("content_block", empty));
		deltas.forEach((delta) -> say(events, at("content_block_delta", index).set("delta", delta)));
		say(events, at("content_block_stop", index));
	}

	private static ObjectNode at(String type, int index) {
		return object().put("type", type).put("index", index);
	}

	private static void say(StringBuilder events, JsonNode event) {
		events.append("event: ").append(event.get("type").asString()).append('\n').append(event(event));
	}

}
