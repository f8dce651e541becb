package io.github.agentresilience.sample.world;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Plays a language model well enough for a tool loop: it asks for one tool after the
 * other where the question wants some, and makes a sentence of what they say.
 */
final class ScriptedAnswer {

	private static final Pattern CITY = Pattern.compile("\\bin ([A-Z][\\p{L}-]*(?: [A-Z][\\p{L}-]*)*)");

	private static final Pattern TOPICS = Pattern
		.compile("(?i)(?:search|look up|find)(?: the docs)?(?: for)? (.+?)(?:[?.!](?:\\s|$)|$)");

	private static final Pattern NEXT_TOPIC = Pattern.compile(",? then (?:for )?");

	private static final Pattern DEATH = Pattern.compile("dies after (?:tool )?(\\d)");

	private final String id = "chatcmpl-" + UUID.randomUUID();

	private final EmbeddedModel model;

	private final String text;

	private final String tool;

	private final Map<String, Object> arguments;

	private final int promptWords;

	private final boolean dies;

	private ScriptedAnswer(EmbeddedModel model, Call call, String text, JsonNode request, boolean dies) {
		this.model = model;
		this.text = (call != null) ? "" : text;
		this.tool = (call != null) ? call.tool() : null;
		this.arguments = (call != null) ? call.arguments() : Map.of();
		this.promptWords = request.path("messages").toString().split("\\s+").length;
		this.dies = dies;
	}

	static ScriptedAnswer to(JsonNode request, EmbeddedModel model) {
		Turn turn = Turn.of(request.path("messages"));
		String text = turn.results().isEmpty() ? "I am " + model.name() + ", and you said: " + turn.question()
				: "Here is what I found. " + String.join(" ", turn.results());
		return new ScriptedAnswer(model, nextCall(turn, request), text, request, isDead(turn, model));
	}

	/** A model that thinks dies where the question says so, and stays dead. */
	private static boolean isDead(Turn turn, EmbeddedModel model) {
		Matcher death = DEATH.matcher(turn.question());
		return model.thinks() && death.find() && turn.results().size() >= Integer.parseInt(death.group(1));
	}

	private static Call nextCall(Turn turn, JsonNode request) {
		Matcher city = CITY.matcher(turn.question());
		String weather = tool(request, "weather");
		if (weather != null && turn.question().toLowerCase(Locale.ROOT).contains("weather") && city.find()) {
			return turn.results().isEmpty() ? new Call(weather, Map.of("city", city.group(1))) : null;
		}
		Matcher topics = TOPICS.matcher(turn.question());
		String search = tool(request, "search");
		if (search == null || !topics.find()) {
			return null;
		}
		String[] each = NEXT_TOPIC.split(topics.group(1));
		int next = turn.results().size();
		return (next < each.length) ? new Call(search, Map.of("query", each[next])) : null;
	}

	private static String tool(JsonNode request, String kind) {
		for (JsonNode tool : request.path("tools")) {
			String name = tool.path("function").path("name").asString("");
			if (name.contains(kind)) {
				return name;
			}
		}
		return null;
	}

	/** Whether the model dies instead of saying all of it. */
	boolean dies() {
		return this.dies;
	}

	Map<String, Object> completion() {
		Map<String, Object> message = new LinkedHashMap<>();
		message.put("role", "assistant");
		message.put("content", this.tool != null ? null : this.text);
		if (this.model.thinks()) {
			message.put(EmbeddedModel.THOUGHT, thought());
		}
		if (this.tool != null) {
			message.put("tool_calls", List.of(toolCall()));
		}
		Map<String, Object> choice = Map.of("index", 0, "message", message, "finish_reason", finishReason());
		return Map.of("id", this.id, "object", "chat.completion", "created", System.currentTimeMillis() / 1000, "model",
				this.model.name(), "choices", List.of(choice), "usage", usage());
	}

	List<Object> chunks() {
		List<Object> chunks = new ArrayList<>();
		chunks.add(chunk(Map.of("role", "assistant", "content", ""), null));
		if (this.model.thinks()) {
			chunks.add(chunk(Map.of(EmbeddedModel.THOUGHT, thought()), null));
		}
		if (this.tool != null) {
			Map<String, Object> call = new LinkedHashMap<>(toolCall());
			call.put("index", 0);
			chunks.add(chunk(Map.of("tool_calls", List.of(call)), null));
		}
		else {
			for (String word : this.text.split("(?<=\\s)")) {
				chunks.add(chunk(Map.of("content", word), null));
			}
		}
		chunks.add(chunk(Map.of(), finishReason()));
		Map<String, Object> end = chunk(Map.of(), null);
		end.put("choices", List.of());
		end.put("usage", usage());
		chunks.add(end);
		return chunks;
	}

	private Map<String, Object> chunk(Map<String, Object> delta, String finishReason) {
		Map<String, Object> choice = new LinkedHashMap<>();
		choice.put("index", 0);
		choice.put("delta", delta);
		choice.put("finish_reason", finishReason);
		Map<String, Object> chunk = new LinkedHashMap<>();
		chunk.put("id", this.id);
		chunk.put("object", "chat.completion.chunk");
		chunk.put("created", System.currentTimeMillis() / 1000);
		chunk.put("model", this.model.name());
		chunk.put("choices", List.of(choice));
		return chunk;
	}

	private Map<String, Object> toolCall() {
		return Map.of("id", "call_" + this.id.substring(9, 17), "type", "function", "function",
				Map.of("name", this.tool, "arguments", JsonMapper.shared().writeValueAsString(this.arguments)));
	}

	private String thought() {
		return (this.tool != null) ? "The tool " + this.tool + " should know." : "That is all there is to say.";
	}

	private String finishReason() {
		return this.tool != null ? "tool_calls" : "stop";
	}

	private Map<String, Object> usage() {
		int completion = this.text.split("\\s+").length;
		return Map.of("prompt_tokens", this.promptWords, "completion_tokens", completion, "total_tokens",
				this.promptWords + completion);
	}

	private record Call(String tool, Map<String, Object> arguments) {
	}

}
