package io.github.agentresilience.llm.internal.answer;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.jspecify.annotations.Nullable;

/**
 * What has come of one choice of a streamed answer.
 */
final class StreamedChoice {

	/** As much as tells whether a whole message says again what has been said. */
	private static final int REMEMBERED = 4096;

	private final int index;

	private final StringBuilder beginning = new StringBuilder();

	private ToolCallParts tools = new ToolCallParts();

	private long length;

	private boolean spoken;

	private boolean leftOut;

	private @Nullable FinishReason finish;

	StreamedChoice(int index) {
		this.index = index;
	}

	int index() {
		return this.index;
	}

	/** Why it ended, {@code null} while it goes on. */
	@Nullable FinishReason finish() {
		return this.finish;
	}

	boolean hasSpoken() {
		return this.spoken;
	}

	/** Whether there is nothing in what was taken last that is to be passed on now. */
	boolean isLeftOut() {
		return this.leftOut;
	}

	/**
	 * Takes what a chunk says of this choice.
	 * @return whether it had to be changed
	 */
	boolean take(ObjectNode choice) {
		boolean changed = delta(choice);
		ObjectNode delta = (ObjectNode) choice.get("delta");
		changed |= AnswerFields.content(delta);
		boolean tools = takeTools(delta);
		String text = Json.text(delta.get("content"));
		if (text != null) {
			remember(text);
		}
		boolean says = text != null || Json.text(delta.get("refusal")) != null
				|| Json.text(delta.get("reasoning_content")) != null || Json.text(delta.get("reasoning")) != null;
		this.spoken |= says || !this.tools.isEmpty();
		FinishReason reason = FinishReason.in(choice);
		changed |= finish(choice, reason);
		this.leftOut = !says && !this.tools.isEmpty() && (tools || reason != null);
		return changed | tools;
	}

	/** Whole answers have a message in the place of a delta, and old ones a text. */
	private boolean delta(ObjectNode choice) {
		JsonNode delta = choice.get("delta");
		boolean hasMessage = choice.path("message").isObject();
		if (delta instanceof ObjectNode && !(delta.isEmpty() && hasMessage)) {
			return false;
		}
		if (delta != null && (delta.isTextual() || delta.isArray())) {
			choice.putObject("delta").set("content", delta);
		}
		else if (hasMessage) {
			ObjectNode message = (ObjectNode) choice.remove("message");
			AnswerFields.content(message);
			String text = Json.text(message.get("content"));
			if (text != null) {
				message.put("content", unsaid(text));
			}
			choice.set("delta", message);
		}
		else {
			ObjectNode empty = choice.putObject("delta");
			if (choice.path("text").isTextual()) {
				empty.set("content", choice.remove("text"));
			}
		}
		return true;
	}

	/** What a whole message says that has not been said in deltas before. */
	private String unsaid(String text) {
		boolean again = this.length > 0 && text.length() >= this.length && text.startsWith(this.beginning.toString());
		return again ? text.substring((int) this.length) : text;
	}

	private void remember(String text) {
		this.length += text.length();
		if (this.beginning.length() < REMEMBERED) {
			this.beginning.append(text, 0, Math.min(text.length(), REMEMBERED - this.beginning.length()));
		}
	}

	private boolean takeTools(ObjectNode delta) {
		JsonNode toolCalls = delta.remove("tool_calls");
		JsonNode function = delta.remove("function_call");
		if (toolCalls != null) {
			this.tools.add(toolCalls);
		}
		if (function instanceof ObjectNode) {
			this.tools.addFunction(function);
		}
		return toolCalls != null || function != null;
	}

	private boolean finish(ObjectNode choice, @Nullable FinishReason reason) {
		JsonNode field = choice.get("finish_reason");
		if (reason == null) {
			choice.putNull("finish_reason");
			return field != null && !field.isNull();
		}
		this.finish = reason;
		if (!this.tools.isEmpty()) {
			// Said when the tool calls are handed over
			choice.putNull("finish_reason");
			return true;
		}
		choice.put("finish_reason", reason.standard());
		return field == null || !reason.standard().equals(field.textValue());
	}

	/**
	 * The tool calls and the finish reason, once this choice has one; {@code null} where
	 * there are none to hand over.
	 */
	@Nullable ObjectNode takeWholeToolCalls() {
		if (this.finish == null || this.tools.isEmpty()) {
			return null;
		}
		ArrayNode calls = this.tools.whole();
		this.tools = new ToolCallParts();
		String standard = this.finish.standard();
		ObjectNode choice = Json.object().put("index", this.index);
		ObjectNode delta = choice.putObject("delta");
		if (!calls.isEmpty()) {
			delta.set("tool_calls", calls);
			standard = standard.equals("stop") ? "tool_calls" : standard;
		}
		return choice.put("finish_reason", standard);
	}

}
