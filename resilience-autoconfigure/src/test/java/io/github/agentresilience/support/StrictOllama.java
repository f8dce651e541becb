package io.github.agentresilience.support;

import java.util.List;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Ollama's own protocol, of a version that gives tool calls no ids: thinking beside the
 * text, arguments as objects, as many results as calls.
 */
public final class StrictOllama extends TurnEndpoint {

	@Override
	public String title() {
		return "Ollama (native)";
	}

	@Override
	String refusal(JsonNode body) {
		int open = 0;
		for (JsonNode message : body.get("messages")) {
			String role = message.path("role").asString();
			if (role.equals("tool") ? --open < 0 : open > 0) {
				return "a call of a tool has no result, or a result no call";
			}
			for (JsonNode call : message.path("tool_calls")) {
				if (!call.path("function").path("arguments").isObject()) {
					return "json: cannot unmarshal string into Go struct field .arguments";
				}
				open++;
			}
		}
		return null;
	}

	@Override
	int results(JsonNode body) {
		int results = 0;
		for (JsonNode message : body.get("messages")) {
			String role = message.path("role").asString();
			results = role.equals("user") ? 0 : results + (role.equals("tool") ? 1 : 0);
		}
		return results;
	}

	@Override
	Reply calls(JsonNode request, boolean streaming, List<Call> calls) {
		ObjectNode message = message("").put("thinking", "I should ask a tool.");
		ArrayNode called = message.putArray("tool_calls");
		for (Call call : calls) {
			called.addObject()
				.putObject("function")
				.put("name", call.tool())
				.set("arguments", JSON.readTree(call.arguments()));
		}
		return reply(message, streaming);
	}

	@Override
	Reply text(JsonNode request, boolean streaming) {
		return reply(message(ANSWER).put("thinking", "I add them up."), streaming);
	}

	private static ObjectNode message(String text) {
		return object().put("role", "assistant").put("content", text);
	}

	private static Reply reply(ObjectNode message, boolean streaming) {
		ObjectNode end = part(streaming ? message("") : message).put("done", true)
			.put("done_reason", "stop")
			.put("prompt_eval_count", 3)
			.put("eval_count", 5);
		return streaming ? Reply.raw(200, "application/x-ndjson", part(message).put("done", false) + "\n" + end + "\n")
				: Reply.raw(200, "application/json", end.toString());
	}

	private static ObjectNode part(ObjectNode message) {
		ObjectNode part = object().put("model", "tiny").put("created_at", "2026-01-01T00:00:00Z");
		part.set("message", message);
		return part;
	}

	@Override
	Reply refused(String why) {
		return Reply.raw(400, "application/json", "{\"error\":\"%s\"}".formatted(why));
	}

}
