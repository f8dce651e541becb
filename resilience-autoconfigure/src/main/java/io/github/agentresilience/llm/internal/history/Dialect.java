package io.github.agentresilience.llm.internal.history;

/**
 * What an endpoint takes of a conversation that it did not have itself. Its own messages
 * go back to it as they are, unless it refuses or lacks something in them.
 *
 * @param name what it is called in docs and tests
 * @param reasoning what becomes of reasoning text
 * @param signatures what becomes of signatures of reasoning
 * @param ids the form of the ids of tool calls
 * @param turns how strictly turns follow one another
 */
public record Dialect(String name, Reasoning reasoning, Signatures signatures, ToolCallIds ids, Turns turns) {

	/** The plainest form, for endpoints that are unknown. */
	public static final Dialect PLAIN = new Dialect("plain", Reasoning.OMITTED, Signatures.OMITTED, ToolCallIds.PLAIN,
			Turns.FREE);

	/** What becomes of the reasoning text of other targets. */
	public enum Reasoning {

		/** It is taken out: endpoints refuse the field, or take it for their own. */
		OMITTED,

		/**
		 * It is taken out of its own messages too: it reasons in one field and refuses
		 * the one in which Spring AI sends that back.
		 */
		REFUSED,

		/**
		 * A message of another target that calls tools must have one; where there is
		 * none, a remark stands in for it.
		 */
		DEMANDED,

		/**
		 * The same for its own: a model that always thinks has said it, and Spring AI
		 * lost it.
		 */
		ALWAYS_DEMANDED

	}

	/** What becomes of the signatures that other targets gave their reasoning. */
	public enum Signatures {

		/** They are taken out. */
		OMITTED,

		/**
		 * They are taken out, and while Anthropic's extended thinking is on, it is turned
		 * off for the rest of a turn that has tool calls without it.
		 */
		ANTHROPIC,

		/**
		 * The first tool call of an assistant message must have one: the word stands in
		 * for it with which Google lets tool calls of other models in, in the metadata
		 * that Spring AI's Google model reads.
		 */
		GOOGLE,

		/**
		 * The same, in the extra properties of a tool call that Google's
		 * OpenAI-compatible endpoint reads.
		 */
		GOOGLE_OPENAI

	}

	/** How strictly turns follow one another. */
	public enum Turns {

		/** As the conversation has them. */
		FREE,

		/** Messages of the same role that follow each other are made one. */
		ALTERNATING,

		/**
		 * The same, and between the result of a tool and the next user message stands an
		 * answer.
		 */
		ANSWERED

	}

}
