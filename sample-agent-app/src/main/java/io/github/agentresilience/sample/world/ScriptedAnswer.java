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
 * Plays a language model well enough for a tool loop: it asks for a tool where the question wants one, and makes a
 * sentence of what the tool says.
 */
final class ScriptedAnswer {

	private static final Pattern CITY = Pattern.compile("\\bin ([A-Z][\\p{L}-]*(?: [A-Z][\\p{L}-]*)*)");

	private static final Pattern TOPIC = Pattern.compile("(?i)(?:search|look up|find)(?: the docs)?(?: for)? (.+?)[?.!]?$");

	private final String id = "chatcmpl-" + UUID.randomUUID();

	private final String model;

	private final String text;

	private final String tool;

	private final Map<String, Object> arguments;

	private final int promptWords;

	private ScriptedAnswer(String model, String text, String tool, Map<String, Object> arguments, int promptWords) {
		this.model = model;
		this.text = text;
		this.tool = tool;
		this.arguments = arguments;
		this.promptWords = promptWords;
	}

	static ScriptedAnswer to(JsonNode request) {
		String model = request.path("model").asString("");
		JsonNode messages = request.path("messages");
		JsonNode last = messages.path(messages.size() - 1);
		int words = messages.toString().split("\\s+").length;
		String said = content(last);
		if (last.path("role").asString("").equals("tool")) {
			return new ScriptedAnswer(model, "Here is what I found. " + readable(said), null, Map.of(), words);
		}
		Matcher city = CITY.matcher(said);
		String weather = tool(request, "weather");
		if (weather != null && said.toLowerCase(Locale.ROOT).contains("weather") && city.find()) {
			return new ScriptedAnswer(model, "", weather, Map.of("city", city.group(1)), words);
		}
		Matcher topic = TOPIC.matcher(said.strip());
		String search = tool(request, "search");
		if (search != null && topic.find()) {
			return new ScriptedAnswer(model, "", search, Map.of("query", topic.group(1)), words);
		}
		return new ScriptedAnswer(model, "I am " + model + ", and you said: " + said.strip(), null, Map.of(), words);
	}

	private static String content(JsonNode message) {
		JsonNode content = message.path("content");
		if (!content.isArray()) {
			return content.asString("");
		}
		StringBuilder text = new StringBuilder();
		content.forEach((part) -> text.append(part.path("text").asString("")));
		return text.toString();
	}

	/** Tool results arrive as the JSON of MCP's content list. */
	private static String readable(String result) {
		try {
			JsonNode parsed = JsonMapper.shared().readTree(result);
			StringBuilder text = new StringBuilder();
			parsed.forEach((part) -> text.append(part.path("text").asString("")));
			return text.isEmpty() ? result : text.toString();
		}
		catch (RuntimeException ex) {
			return result;
		}
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

	Map<String, Object> completion() {
		Map<String, Object> message = new LinkedHashMap<>();
		message.put("role", "assistant");
		message.put("content", this.tool != null ? null : this.text);
		if (this.tool != null) {
			message.put("tool_calls", List.of(toolCall()));
		}
		Map<String, Object> choice = Map.of("index", 0, "message", message, "finish_reason", finishReason());
		return Map.of("id", this.id, "object", "chat.completion", "created", System.currentTimeMillis() / 1000, "model",
				this.model, "choices", List.of(choice), "usage", usage());
	}

	List<Object> chunks() {
		List<Object> chunks = new ArrayList<>();
		chunks.add(chunk(Map.of("role", "assistant", "content", ""), null));
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
		chunk.put("model", this.model);
		chunk.put("choices", List.of(choice));
		return chunk;
	}

	private Map<String, Object> toolCall() {
		return Map.of("id", "call_" + this.id.substring(9, 17), "type", "function", "function",
				Map.of("name", this.tool, "arguments", JsonMapper.shared().writeValueAsString(this.arguments)));
	}

	private String finishReason() {
		return this.tool != null ? "tool_calls" : "stop";
	}

	private Map<String, Object> usage() {
		int completion = this.text.split("\\s+").length;
		return Map.of("prompt_tokens", this.promptWords, "completion_tokens", completion, "total_tokens",
				this.promptWords + completion);
	}

}
