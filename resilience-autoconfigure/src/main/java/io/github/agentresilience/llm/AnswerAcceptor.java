package io.github.agentresilience.llm;

import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.prompt.Prompt;

/**
 * Says whether an answer may go to the caller. A bean of this type is asked about the
 * answers of all chains, or of those that it {@linkplain #judges judges}. Where an answer
 * is not accepted the next target is asked; where no target does better, the best answer
 * goes to the caller, marked {@code resilience.accepted: false}.
 *
 * <p>
 * It runs on the path of the call and must not block. One that throws has accepted the
 * answer.
 */
@FunctionalInterface
public interface AnswerAcceptor {

	/**
	 * Whether the answer is accepted. Not asked of answers that call tools.
	 * @param prompt what the caller asked
	 * @param answer the whole answer, of a stream too
	 */
	boolean accepts(Prompt prompt, ChatResponse answer);

	/**
	 * Whether it judges the answers of a chain.
	 * @param chain the chain's name
	 */
	default boolean judges(String chain) {
		return true;
	}

}
