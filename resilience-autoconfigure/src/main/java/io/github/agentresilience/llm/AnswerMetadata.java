package io.github.agentresilience.llm;

import io.github.agentresilience.chain.Attempt;

import org.springframework.ai.chat.model.ChatResponse;

/**
 * Keys under which the metadata of an answer tells who served it.
 */
public final class AnswerMetadata {

	/** The name of the target that answered. */
	public static final String TARGET = "resilience.target";

	/** How many attempts the call took, the answering one included. */
	public static final String ATTEMPTS = "resilience.attempts";

	/** Whether another target than the chain's first answered. */
	public static final String FALLBACK = "resilience.fallback";

	private AnswerMetadata() {
	}

	static ChatResponse sign(ChatResponse answer, Attempt attempt) {
		return ChatResponse.builder()
			.from(answer)
			.metadata(TARGET, attempt.target())
			.metadata(ATTEMPTS, attempt.ordinal())
			.metadata(FALLBACK, attempt.isFallback())
			.build();
	}

}
