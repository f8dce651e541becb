package io.github.agentresilience.sample.world;

import tools.jackson.databind.JsonNode;

/**
 * A model of an embedded provider, and what it is strict about.
 *
 * @param name what it is asked by
 * @param thinks whether it says what it thought, and demands it back with its tool calls;
 * another model refuses to be sent thoughts
 */
public record EmbeddedModel(String name, boolean thinks) {

	/** The field of a message that holds what a model thought. */
	static final String THOUGHT = "reasoning_content";

	/** A model that says no more than its answer. */
	public static EmbeddedModel plain(String name) {
		return new EmbeddedModel(name, false);
	}

	/** A model that thinks before it answers. */
	public static EmbeddedModel thinking(String name) {
		return new EmbeddedModel(name, true);
	}

	/**
	 * What is wrong with a conversation, in the words of a real provider.
	 * @return {@code null} where it is taken
	 */
	String refusalOf(JsonNode messages) {
		for (int i = 0; i < messages.size(); i++) {
			JsonNode message = messages.path(i);
			boolean hasThought = message.hasNonNull(THOUGHT);
			if (hasThought && !this.thinks) {
				return "'messages." + i + "' : property '" + THOUGHT + "' is unsupported";
			}
			if (!hasThought && this.thinks && message.hasNonNull("tool_calls")) {
				return "Missing `" + THOUGHT + "` field in the assistant message at message index " + i;
			}
		}
		return null;
	}

}
