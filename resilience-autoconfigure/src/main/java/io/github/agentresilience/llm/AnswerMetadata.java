package io.github.agentresilience.llm;

import io.github.agentresilience.chain.Attempt;
import io.github.agentresilience.chain.ChainExhaustedException;

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

	/** Present and {@code true} where no target answered, but the chain's last resort did. */
	public static final String DEGRADED = "resilience.degraded";

	/** What {@link #TARGET} says then. */
	public static final String LAST_RESORT = "last-resort";

	private AnswerMetadata() {
	}

	/** Marks the answer of a last resort. */
	public static ChatResponse signDegraded(ChatResponse answer, ChainExhaustedException why) {
		return ChatResponse.builder()
			.from(answer)
			.metadata(TARGET, LAST_RESORT)
			.metadata(ATTEMPTS, why.attempts().size())
			.metadata(FALLBACK, true)
			.metadata(DEGRADED, true)
			.build();
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
