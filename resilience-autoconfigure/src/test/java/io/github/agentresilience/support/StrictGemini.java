package io.github.agentresilience.support;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Google's own protocol, of a model of the third generation: no ids, a signature on the
 * first call of each step, as many results as calls.
 */
public final class StrictGemini extends TurnEndpoint {

	private static final String SKIP = encoded("skip_thought_signature_validator");

	private final Set<String> ownSignatures = new HashSet<>();

	private static String encoded(String text) {
		return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
	}

	@Override
	public String title() {
		return "Gemini (native)";
	}

	@Override
	String refusal(JsonNode body) {
		int open = 0;
		for (JsonNode content : body.get("contents")) {
			if (content.path("parts").isEmpty()) {
				return "Unable to submit request because it must include at least one parts field";
			}
			int calls = 0;
			int results = 0;
			for (JsonNode part : content.get("parts")) {
				String signature = part.path("thoughtSignature").asString("");
				boolean known = this.ownSignatures.contains(signature) || signature.equals(SKIP);
				if (part.has("functionCall") && calls++ == 0 && !known) {
					return "Function call is missing a thought_signature in functionCall parts";
				}
				if (!signature.isEmpty() && !known) {
					return "Corrupted thought signature.";
				}
				results += part.has("functionResponse") ? 1 : 0;
			}
			if (results != open) {
				return "Please ensure that the number of function response parts is equal to the number of function call parts of the function call turn.";
			}
			open = calls;
		}
		return null;
	}

	@Override
	int results(JsonNode body) {
		int results = 0;
		for (JsonNode content : body.get("contents")) {
			for (JsonNode part : content.get("parts")) {
				if (part.has("functionResponse")) {
					results++;
				}
				else if (part.has("text") && content.path("role").asString().equals("user")) {
					results = 0;
				}
			}
		}
		return results;
	}

	@Override
	Reply calls(JsonNode request, boolean streaming, List<Call> calls) {
		ArrayNode parts = JSON.createArrayNode();
		for (Call call : calls) {
			ObjectNode part = parts.addObject();
			part.putObject("functionCall").put("name", call.tool()).set("args", JSON.readTree(call.arguments()));
			if (parts.size() == 1) {
				String signature = encoded("sig-" + next());
				this.ownSignatures.add(signature);
				part.put("thoughtSignature", signature);
			}
		}
		return reply(parts, streaming);
	}

	@Override
	Reply text(JsonNode request, boolean streaming) {
		ArrayNode parts = JSON.createArrayNode();
		parts.addObject().put("text", "I add them up.").put("thought", true);
		parts.addObject().put("text", ANSWER);
		return reply(parts, streaming);
	}

	private static Reply reply(ArrayNode parts, boolean streaming) {
		if (!streaming) {
			return Reply.raw(200, "application/json", body(parts, true).toString());
		}
		StringBuilder events = new StringBuilder();
		for (int i = 0; i < parts.size(); i++) {
			events.append(event(body(JSON.createArrayNode().add(parts.get(i)), i == parts.size() - 1)));
		}
		return Reply.raw(200, "text/event-stream", events.toString());
	}

	private static ObjectNode body(ArrayNode parts, boolean last) {
		ObjectNode body = object().put("modelVersion", "gemini-3-pro");
		ObjectNode candidate = body.putArray("candidates").addObject().put("index", 0);
		candidate.putObject("content").put("role", "model").set("parts", parts);
		if (last) {
			candidate.put("finishReason", "STOP");
		}
		body.putObject("usageMetadata")
			.put("promptTokenCount", 3)
			.put("candidatesTokenCount", 5)
			.put("totalTokenCount", 8);
		return body;
	}

	@Override
	Reply refused(String why) {
		return Reply.raw(400, "application/json",
				"{\"error\":{\"code\":400,\"status\":\"INVALID_ARGUMENT\",\"message\":\"%s\"}}".formatted(why));
	}

}
