package io.github.agentresilience.llm.internal.answer;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.jspecify.annotations.Nullable;

/**
 * Fills in the fields of answers and chunks that the SDK insists on and servers leave
 * out, and puts those that are there in another form into the one that the SDK reads.
 * Remembers what earlier chunks of the same answer said.
 */
final class AnswerFields {

	private static final String REASONING = "reasoning_content";

	private String id = "";

	private String model;

	/**
	 * The fields of one answer.
	 * @param model what answers, where the answer does not say
	 */
	AnswerFields(String model) {
		this.model = model;
	}

	/**
	 * Fills in what stands beside the choices.
	 * @return whether anything was missing
	 */
	boolean fill(ObjectNode root) {
		boolean changed = false;
		JsonNode said = root.get("id");
		if (said != null && said.isTextual()) {
			this.id = said.textValue();
		}
		else {
			this.id = (said != null && said.isNumber()) ? said.asText() : this.id;
			root.put("id", this.id);
			changed = true;
		}
		String model = Json.text(root.get("model"));
		if (model != null) {
			this.model = model;
		}
		else if (!root.path("model").isTextual()) {
			root.put("model", this.model);
			changed = true;
		}
		return usage(root) | withoutEmptyError(root) | changed;
	}

	/** The SDK takes an error that is null for one. */
	private static boolean withoutEmptyError(ObjectNode root) {
		return root.remove("error") != null;
	}

	private static boolean usage(ObjectNode root) {
		JsonNode usage = root.get("usage");
		if (usage == null || usage.isNull()) {
			return false;
		}
		if (!(usage instanceof ObjectNode counts)) {
			root.remove("usage");
			return true;
		}
		Integer input = count(counts, "prompt_tokens", "input_tokens");
		Integer output = count(counts, "completion_tokens", "output_tokens");
		Integer total = count(counts, "total_tokens", "total_tokens");
		if (input == null && output == null && total == null) {
			root.remove("usage");
			return true;
		}
		boolean changed = put(counts, "prompt_tokens",
				(input != null) ? input : (total != null && output != null) ? total - output : 0);
		changed |= put(counts, "completion_tokens",
				(output != null) ? output : (total != null && input != null) ? total - input : 0);
		changed |= put(counts, "total_tokens", (total != null) ? total
				: counts.get("prompt_tokens").intValue() + counts.get("completion_tokens").intValue());
		JsonNode details = counts.get("prompt_tokens_details");
		if (details != null && !details.isNull() && !(details.isObject()
				&& (details.path("cached_tokens").isInt() || !details.hasNonNull("cached_tokens")))) {
			counts.remove("prompt_tokens_details");
			changed = true;
		}
		return changed;
	}

	private static @Nullable Integer count(ObjectNode usage, String field, String otherName) {
		JsonNode count = usage.hasNonNull(field) ? usage.get(field) : usage.path(otherName);
		boolean number = count.isNumber() || (count.isTextual() && count.textValue().matches("\\d{1,9}(\\.\\d*)?"));
		return number ? (Integer) (int) Math.min(Integer.MAX_VALUE, Math.max(0, count.asDouble())) : null;
	}

	private static boolean put(ObjectNode usage, String field, int count) {
		if (usage.path(field).isInt() && usage.get(field).intValue() == count) {
			return false;
		}
		usage.put(field, count);
		return true;
	}

	/**
	 * Puts the content of a message or delta into texts.
	 * @return whether it was in another form
	 */
	static boolean content(ObjectNode message) {
		boolean changed = refusal(message);
		JsonNode content = message.get("content");
		if (content == null || content.isNull() || content.isTextual()) {
			return changed;
		}
		StringBuilder text = new StringBuilder();
		StringBuilder reasoning = new StringBuilder();
		collect(content, text, reasoning);
		message.put("content", text.toString());
		if (!reasoning.isEmpty() && Json.text(message.get(REASONING)) == null) {
			message.put(REASONING, reasoning.toString());
		}
		return true;
	}

	private static boolean refusal(ObjectNode message) {
		JsonNode refusal = message.get("refusal");
		if (refusal == null || refusal.isNull() || refusal.isTextual()) {
			return false;
		}
		message.remove("refusal");
		return true;
	}

	/** Mistral and others send a list of parts, of which some are thoughts. */
	private static void collect(JsonNode content, StringBuilder text, StringBuilder reasoning) {
		if (content.isArray()) {
			content.forEach((part) -> collect(part, text, reasoning));
		}
		else if (content.isObject()) {
			String type = content.path("type").asText();
			boolean thought = type.contains("think") || type.contains("reason");
			for (String field : new String[] { "text", "thinking", "reasoning", "summary", "content", "value",
					"refusal" }) {
				if (content.hasNonNull(field)) {
					collect(content.get(field), thought ? reasoning : text, reasoning);
					return;
				}
			}
		}
		else if (content.isValueNode() && !content.isNull()) {
			text.append(content.asText());
		}
	}

	/**
	 * Takes away what stands in a choice beside the message in a form that the SDK
	 * refuses.
	 * @return whether there was any
	 */
	static boolean choice(ObjectNode choice, int index) {
		boolean changed = false;
		if (!choice.path("index").isInt()) {
			choice.put("index", index);
			changed = true;
		}
		JsonNode logprobs = choice.get("logprobs");
		if (logprobs != null && !logprobs.isNull() && !(isListOrNothing(logprobs.get("content"))
				&& isListOrNothing(logprobs.get("refusal")) && logprobs.isObject())) {
			choice.remove("logprobs");
			changed = true;
		}
		return changed;
	}

	static boolean isListOrNothing(@Nullable JsonNode node) {
		return node == null || node.isNull() || node.isArray();
	}

	/** The choices of an answer or chunk, none where it has none. */
	static ArrayNode choices(ObjectNode root) {
		JsonNode choices = root.get("choices");
		if (choices instanceof ArrayNode list) {
			return list;
		}
		ArrayNode list = Json.array();
		if (choices instanceof ObjectNode one) {
			list.add(one);
		}
		root.set("choices", list);
		return list;
	}

}
