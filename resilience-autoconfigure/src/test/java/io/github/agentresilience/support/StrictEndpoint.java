package io.github.agentresilience.support;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * An OpenAI-compatible endpoint that takes no conversation but one in the form that the
 * real one demands.
 */
public final class StrictEndpoint extends TurnEndpoint {

	private final Rules rules;

	private final Set<String> ownSignatures = new HashSet<>();

	public StrictEndpoint(Rules rules) {
		this.rules = rules;
	}

	@Override
	public String title() {
		return this.rules.title();
	}

	@Override
	String refusal(JsonNode body) {
		return refusal(body.get("messages"), new HashSet<>());
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
		return reply(calls(calls), streaming);
	}

	@Override
	Reply text(JsonNode request, boolean streaming) {
		return reply(text(), streaming);
	}

	private static Reply reply(ObjectNode message, boolean streaming) {
		return streaming ? stream(message) : completion(message);
	}

	private ObjectNode text() {
		ObjectNode message = object().put("role", "assistant").put("content", ANSWER);
		if (this.rules.reasons()) {
			message.put(this.rules.reasoningField(), "I add them up.");
		}
		return message;
	}

	private ObjectNode calls(List<Call> calls) {
		ObjectNode message = object().put("role", "assistant").putNull("content");
		if (this.rules.reasons()) {
			message.put(this.rules.reasoningField(), "I should ask a tool.");
		}
		ArrayNode array = message.putArray("tool_calls");
		for (Call call : calls) {
			ObjectNode next = array.addObject();
			next.put("id", this.rules.id(next())).put("type", "function");
			next.putObject("function").put("name", call.tool()).put("arguments", call.arguments());
			if (this.rules.signs() && array.size() == 1) {
				String signature = "sig-" + next();
				this.ownSignatures.add(signature);
				next.putObject("extra_content").putObject("google").put("thought_signature", signature);
			}
		}
		return message;
	}

	private String refusal(JsonNode messages, Set<String> seen) {
		String before = "";
		Set<String> open = new HashSet<>();
		for (int i = 0; i < messages.size(); i++) {
			JsonNode message = messages.get(i);
			String role = message.path("role").asString();
			String wrong = role.equals("assistant") ? wrongAnswer(message, i) : null;
			if (role.equals("tool")) {
				String id = message.path("tool_call_id").asString();
				wrong = open.remove(id) ? wrongId(id) : "messages[" + i + "]: no tool call has the id " + id;
			}
			else if (!open.isEmpty()) {
				wrong = "messages[" + i + "]: tool calls without results: " + open;
			}
			if (role.equals("user") && before.equals("tool") && this.rules.answersTools()) {
				wrong = "Unexpected role 'user' after role 'tool'";
			}
			if (wrong != null) {
				return wrong;
			}
			for (JsonNode call : message.path("tool_calls")) {
				open.add(call.path("id").asString());
				if (!seen.add(call.path("id").asString())) {
					return "messages[" + i + "]: the id " + call.path("id").asString() + " is not unique";
				}
			}
			before = role;
		}
		return null;
	}

	private String wrongAnswer(JsonNode message, int at) {
		boolean calls = !message.path("tool_calls").isEmpty();
		if (this.rules.demandsReasoning()) {
			if (calls && message.path("reasoning_content").asString("").isBlank()) {
				return "Missing `reasoning_content` field in the assistant message at message index " + at;
			}
		}
		else if (!this.rules.takesReasoning() && message.has("reasoning_content")) {
			return "'messages." + at
					+ "' : for 'role:assistant' the following must be satisfied[property 'reasoning_content' is unsupported]";
		}
		for (int i = 0; i < message.path("tool_calls").size(); i++) {
			JsonNode call = message.path("tool_calls").get(i);
			String wrong = wrongId(call.path("id").asString());
			String signature = call.path("extra_content").path("google").path("thought_signature").asString("");
			if (wrong == null && this.rules.signs() && i == 0 && !this.ownSignatures.contains(signature)
					&& !signature.equals("skip_thought_signature_validator")) {
				wrong = "Function call is missing a thought_signature in functionCall parts";
			}
			if (wrong == null && !this.rules.signs() && call.has("extra_content")) {
				wrong = "Extra inputs are not permitted: extra_content";
			}
			if (wrong != null) {
				return wrong;
			}
		}
		return null;
	}

	private String wrongId(String id) {
		return id.matches(this.rules.ids()) ? null : "Tool call id was " + id + " but must match " + this.rules.ids();
	}

	private static Reply completion(ObjectNode message) {
		ObjectNode body = object().put("id", "c-1")
			.put("object", "chat.completion")
			.put("created", 1)
			.put("model", "m");
		body.putArray("choices")
			.addObject()
			.put("index", 0)
			.put("finish_reason", message.has("tool_calls") ? "tool_calls" : "stop")
			.set("message", message);
		return Reply.raw(200, "application/json", body.toString());
	}

	private static Reply stream(ObjectNode message) {
		List<ObjectNode> deltas = new ArrayList<>();
		deltas.add(object().put("role", "assistant").put("content", ""));
		for (String field : new String[] { "reasoning_content", "reasoning" }) {
			if (message.has(field)) {
				deltas.add(object().put(field, message.get(field).asString()));
			}
		}
		for (int i = 0; i < message.path("tool_calls").size(); i++) {
			ObjectNode call = ((ObjectNode) message.path("tool_calls").get(i)).deepCopy();
			call.put("index", i);
			ObjectNode delta = object();
			delta.putArray("tool_calls").add(call);
			deltas.add(delta);
		}
		if (!message.has("tool_calls")) {
			for (String word : ANSWER.split("(?<= )")) {
				deltas.add(object().put("content", word));
			}
		}
		StringBuilder body = new StringBuilder();
		deltas.forEach((delta) -> body.append(chunk(delta, null)));
		body.append(chunk(object(), message.has("tool_calls") ? "tool_calls" : "stop"));
		return Reply.raw(200, "text/event-stream", body.append("data: [DONE]\n\n").toString());
	}

	private static String chunk(ObjectNode delta, String finish) {
		ObjectNode chunk = object().put("id", "c-1")
			.put("object", "chat.completion.chunk")
			.put("created", 1)
			.put("model", "m");
		chunk.putArray("choices").addObject().put("index", 0).put("finish_reason", finish).set("delta", delta);
		return event(chunk);
	}

	/** What one kind of endpoint demands, and how its own ids look. */
	public enum Rules {

		/** Ids of at most 40 characters; no field that is not documented. */
		OPENAI("OpenAI", "gpt-5", ".{1,40}", "call_abcdefghijklmnopqrs%05d"),

		/** Refuses each property that it does not know, and reasons in another one. */
		GROQ("Groq", "groq/qwen3-32b", ".{1,64}", "call_%04d", Rule.REASONS_ELSEWHERE),

		/** Demands the reasoning behind each tool call. */
		DEEPSEEK("DeepSeek", "deepseek-reasoner", ".{1,64}", "call_00_%024d", Rule.REASONS, Rule.DEMANDS_REASONING),

		/** The same. */
		KIMI("Kimi", "kimi-k2-thinking", ".{1,64}", "functions.weather:%d", Rule.REASONS, Rule.DEMANDS_REASONING),

		/** Ids of exactly nine letters and digits; no user after a tool. */
		MISTRAL("Mistral", "mistral-large-latest", "[a-zA-Z0-9]{9}", "aB%07d", Rule.ANSWERS_TOOLS),

		/** Demands a signature of its own, or the documented word in its place. */
		GEMINI("Gemini (OpenAI-compatible)", "gemini-3-pro", ".{1,64}", "function-call-%019d", Rule.SIGNS),

		/** Says its reasoning, and gives longer ids than OpenAI takes. */
		VLLM("vLLM", "qwen3", ".{1,64}", "chatcmpl-tool-%032d", Rule.REASONS),

		/** A gateway before Bedrock: letters, digits and four more characters. */
		BEDROCK("Bedrock (gateway)", "bedrock/amazon.nova-pro", "[a-zA-Z0-9_.:-]{1,64}", "tooluse_%022d"),

		/** Anthropic's OpenAI-compatible endpoint. */
		CLAUDE("Anthropic (OpenAI-compatible)", "claude-sonnet", "[a-zA-Z0-9_-]{1,64}", "toolu_%024d");

		private final String title;

		private final String model;

		private final String ids;

		private final String id;

		private final Set<Rule> rules;

		Rules(String title, String model, String ids, String id, Rule... rules) {
			this.title = title;
			this.model = model;
			this.ids = ids;
			this.id = id;
			this.rules = Set.of(rules);
		}

		String id(int number) {
			return this.id.formatted(number);
		}

		String title() {
			return this.title;
		}

		public String model() {
			return this.model;
		}

		String ids() {
			return this.ids;
		}

		boolean reasons() {
			return this.rules.contains(Rule.REASONS) || this.rules.contains(Rule.REASONS_ELSEWHERE);
		}

		String reasoningField() {
			return this.rules.contains(Rule.REASONS) ? "reasoning_content" : "reasoning";
		}

		boolean takesReasoning() {
			return this.rules.contains(Rule.REASONS);
		}

		boolean demandsReasoning() {
			return this.rules.contains(Rule.DEMANDS_REASONING);
		}

		boolean signs() {
			return this.rules.contains(Rule.SIGNS);
		}

		boolean answersTools() {
			return this.rules.contains(Rule.ANSWERS_TOOLS);
		}

	}

	private enum Rule {

		/** Tells its reasoning in {@code reasoning_content} and takes it there. */
		REASONS,

		/** Tells it in {@code reasoning} and refuses {@code reasoning_content}. */
		REASONS_ELSEWHERE,

		/** Refuses tool calls without it. */
		DEMANDS_REASONING,

		/** Demands a signature on the first tool call of a message. */
		SIGNS,

		/** Refuses a user after a tool. */
		ANSWERS_TOOLS

	}

}
