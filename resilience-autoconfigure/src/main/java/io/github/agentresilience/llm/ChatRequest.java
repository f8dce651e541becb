package io.github.agentresilience.llm;

import org.jspecify.annotations.Nullable;

import org.springframework.ai.chat.prompt.Prompt;

/**
 * What a chain of the LLM leg is asked.
 *
 * @param prompt the prompt
 * @param madeFor the target whose options the prompt's were made from: headers and extra fields in them are its own
 * business and travel to no other. {@code null} where that is none of the chain's
 */
public record ChatRequest(Prompt prompt, @Nullable ChatModelTarget madeFor) {

	/** Leaves out the prompt. */
	@Override
	public String toString() {
		return "ChatRequest[madeFor=" + (this.madeFor != null ? this.madeFor.name() : null) + "]";
	}

}
