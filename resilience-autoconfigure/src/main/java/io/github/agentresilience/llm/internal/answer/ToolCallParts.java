package io.github.agentresilience.llm.internal.answer;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.jspecify.annotations.Nullable;

/**
 * Puts the tool calls of one choice together from the parts in which a stream brings
 * them. What belongs together is to be told by an index, but servers leave it out, or
 * give all calls the same one; they repeat ids and names in every part, or send empty
 * ones. Spring AI holds tool calls back until they are whole in any case.
 */
final class ToolCallParts {

	private static final List<String> OURS = List.of("index", "id", "type", "function", "name", "arguments");

	private final List<Parts> calls = new ArrayList<>();

	private final Map<Integer, Parts> byIndex = new HashMap<>();

	/** An id for a call that has none. */
	static String newId() {
		return "call_" + UUID.randomUUID().toString().replace("-", "").substring(8);
	}

	boolean isEmpty() {
		return this.calls.isEmpty();
	}

	/** Takes the tool calls of one chunk. */
	void add(JsonNode toolCalls) {
		if (toolCalls.isObject()) {
			add((ObjectNode) toolCalls, 0);
		}
		for (int i = 0; toolCalls.isArray() && i < toolCalls.size(); i++) {
			if (toolCalls.get(i) instanceof ObjectNode part) {
				add(part, i);
			}
		}
	}

	/** Takes a function call as it was before there were tools. */
	void addFunction(JsonNode function) {
		if (Json.text(function.get("name")) != null || !ToolArguments.text(function.get("arguments")).isEmpty()) {
			ObjectNode call = Json.object();
			call.set("function", function);
			add(call, 0);
		}
	}

	private void add(ObjectNode part, int position) {
		JsonNode function = part.path("function").isObject() ? part.get("function") : part;
		String id = id(part);
		String name = Json.text(function.get("name"));
		String arguments = ToolArguments.text(function.get("arguments"));
		Integer index = part.path("index").isIntegralNumber() ? (Integer) part.get("index").intValue() : null;
		Parts call = find(index, position, id, name, arguments);
		if (call == null) {
			call = new Parts();
			this.calls.add(call);
		}
		if (index != null) {
			this.byIndex.put(index, call);
		}
		call.add(part, id, name, arguments);
	}

	private static @Nullable String id(ObjectNode part) {
		JsonNode id = part.path("id");
		return id.isNumber() ? id.asText() : Json.text(id);
	}

	/** The call that a part goes on with, {@code null} where it begins one. */
	private @Nullable Parts find(@Nullable Integer index, int position, @Nullable String id, @Nullable String name,
			String arguments) {
		if (id != null) {
			for (Parts call : this.calls) {
				if (id.equals(call.id)) {
					return call;
				}
			}
		}
		Parts last = (index != null) ? this.byIndex.get(index)
				: (position > 0) ? ((position < this.calls.size() && name == null) ? this.calls.get(position) : null)
						: this.calls.isEmpty() ? null : this.calls.get(this.calls.size() - 1);
		if (last == null || name == null) {
			return last;
		}
		boolean begins = (id != null && last.id != null) ? !last.isWithinArguments()
				: last.end.isReached() && arguments.stripLeading().startsWith("{");
		boolean another = index == null && !name.equals(last.name.toString()) && !last.isWithinArguments();
		return (begins || another) ? null : last;
	}

	/** The calls as they stand in an answer. */
	ArrayNode whole() {
		ArrayNode whole = Json.array();
		for (Parts call : this.calls) {
			if (!call.isEmpty()) {
				whole.add(call.whole(whole.size()));
			}
		}
		return whole;
	}

	private static final class Parts {

		private final ObjectNode fields = Json.object();

		private final ObjectNode function = Json.object();

		private final StringBuilder name = new StringBuilder();

		private final StringBuilder arguments = new StringBuilder();

		private final JsonEnd end = new JsonEnd();

		private @Nullable String id;

		void add(ObjectNode part, @Nullable String id, @Nullable String name, String arguments) {
			this.id = (this.id == null) ? id : this.id;
			if (name != null && !name.contentEquals(this.name)) {
				this.name.append(name);
			}
			this.arguments.append(arguments);
			this.end.look(arguments);
			merge(part, this.fields);
			if (part.get("function") instanceof ObjectNode called) {
				merge(called, this.function);
			}
		}

		/**
		 * Keeps what else a provider says of a call, such as a signature that it wants to
		 * have back.
		 */
		private static void merge(ObjectNode from, ObjectNode into) {
			from.properties().forEach((field) -> {
				if (!field.getValue().isNull()) {
					into.set(field.getKey(), field.getValue());
				}
			});
			into.remove(OURS);
		}

		boolean isWithinArguments() {
			return !this.arguments.isEmpty() && !this.end.isReached();
		}

		boolean isEmpty() {
			return this.name.isEmpty() && this.arguments.isEmpty();
		}

		ObjectNode whole(int index) {
			this.function.put("name", this.name.toString());
			this.function.put("arguments", ToolArguments.standard(this.arguments.toString()));
			this.fields.put("index", index);
			this.fields.put("id", (this.id != null) ? this.id : newId());
			this.fields.put("type", "function");
			this.fields.set("function", this.function);
			return this.fields;
		}

	}

}
