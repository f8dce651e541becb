package io.github.agentresilience.llm.internal.answer;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.jspecify.annotations.Nullable;

/**
 * Makes of an answer in one piece what the SDK can read.
 */
final class CompletionRepair {

	private final HttpExchange exchange;

	private @Nullable ObjectNode error;

	CompletionRepair(HttpExchange exchange) {
		this.exchange = exchange;
	}

	/** The error that the last answer turned out to be, {@code null} where it is none. */
	@Nullable ObjectNode error() {
		return this.error;
	}

	/**
	 * Repairs an answer.
	 * @return whether anything was changed
	 */
	boolean repair(ObjectNode root) {
		boolean changed = !root.path("choices").isArray();
		ArrayNode choices = AnswerFields.choices(root);
		changed |= new AnswerFields(this.exchange.model()).fill(root);
		for (int i = choices.size() - 1; i >= 0; i--) {
			if (choices.get(i) instanceof ObjectNode choice) {
				changed |= AnswerFields.choice(choice, i);
				changed |= message(choice) | finish(choice);
			}
			else {
				choices.remove(i);
				changed = true;
			}
		}
		return changed;
	}

	private boolean message(ObjectNode choice) {
		boolean changed = false;
		if (!(choice.get("message") instanceof ObjectNode)) {
			JsonNode message = choice.get("message");
			ObjectNode made = (choice.remove("delta") instanceof ObjectNode delta) ? delta
					: Json.object().put("role", "assistant");
			if (message != null && (message.isTextual() || message.isArray())) {
				made.set("content", message);
			}
			else if (choice.path("text").isTextual()) {
				made.set("content", choice.remove("text"));
			}
			choice.set("message", made);
			changed = true;
		}
		ObjectNode message = (ObjectNode) choice.get("message");
		changed |= AnswerFields.content(message);
		if (!AnswerFields.isListOrNothing(message.get("annotations"))) {
			message.remove("annotations");
			changed = true;
		}
		JsonNode audio = message.get("audio");
		if (audio != null && !audio.isNull() && !(audio.path("data").isTextual() && audio.path("id").isTextual())) {
			message.remove("audio");
			changed = true;
		}
		return toolCalls(message) | changed;
	}

	private static boolean toolCalls(ObjectNode message) {
		boolean changed = false;
		JsonNode function = message.get("function_call");
		if (message.path("tool_calls").isObject()) {
			message.putArray("tool_calls").add(message.remove("tool_calls"));
			changed = true;
		}
		if (function != null) {
			message.remove("function_call");
			changed = true;
			if (function.isObject() && message.path("tool_calls").isEmpty()
					&& Json.text(function.get("name")) != null) {
				message.putArray("tool_calls").addObject().set("function", function);
			}
		}
		JsonNode calls = message.get("tool_calls");
		if (calls == null || calls.isNull()) {
			return changed;
		}
		if (!(calls instanceof ArrayNode list)) {
			message.remove("tool_calls");
			return true;
		}
		for (int i = list.size() - 1; i >= 0; i--) {
			if (list.get(i) instanceof ObjectNode call && !isStub(call)) {
				changed |= toolCall(call);
			}
			else {
				list.remove(i);
				changed = true;
			}
		}
		return changed;
	}

	private static boolean isStub(ObjectNode call) {
		JsonNode function = call.path("function").isObject() ? call.get("function") : call;
		return Json.text(function.get("name")) == null && ToolArguments.text(function.get("arguments")).isBlank()
				&& !call.has("custom");
	}

	private static boolean toolCall(ObjectNode call) {
		if ("custom".equals(call.path("type").asText())) {
			return false;
		}
		// Not a field of whole tool calls, and sent back to servers that refuse what they
		// do not know
		boolean changed = call.remove("index") != null;
		if (!"function".equals(call.path("type").asText())) {
			call.put("type", "function");
			changed = true;
		}
		if (Json.text(call.get("id")) == null) {
			call.put("id", call.path("id").isNumber() ? call.get("id").asText() : ToolCallParts.newId());
			changed = true;
		}
		if (!(call.get("function") instanceof ObjectNode)) {
			ObjectNode function = call.putObject("function");
			move(call, function, "name");
			move(call, function, "arguments");
			changed = true;
		}
		ObjectNode function = (ObjectNode) call.get("function");
		if (!function.path("name").isTextual()) {
			function.put("name", "");
			changed = true;
		}
		JsonNode arguments = function.get("arguments");
		String standard = ToolArguments.standard(ToolArguments.text(arguments));
		if (arguments == null || !arguments.isTextual() || !standard.equals(arguments.textValue())) {
			function.put("arguments", standard);
			changed = true;
		}
		return changed;
	}

	private static void move(ObjectNode from, ObjectNode to, String field) {
		JsonNode value = from.remove(field);
		if (value != null) {
			to.set(field, value);
		}
	}

	private boolean finish(ObjectNode choice) {
		JsonNode field = choice.get("finish_reason");
		boolean callsTools = !choice.path("message").path("tool_calls").isEmpty();
		FinishReason reason = FinishReason.in(choice);
		if (reason == null) {
			// The answer is whole; the SDK reads an empty finish reason as none
			choice.put("finish_reason", callsTools ? "tool_calls" : "");
			return true;
		}
		ObjectNode failure = reason.failure(hasText(choice));
		this.error = (failure != null) ? failure : this.error;
		this.exchange.finished(choice.get("index").intValue(), reason);
		String standard = (callsTools && reason.standard().equals("stop")) ? "tool_calls" : reason.standard();
		if (field != null && standard.equals(field.textValue())) {
			return false;
		}
		choice.put("finish_reason", standard);
		return true;
	}

	private static boolean hasText(ObjectNode choice) {
		JsonNode message = choice.get("message");
		return Json.text(message.get("content")) != null || !message.path("tool_calls").isEmpty();
	}

}
