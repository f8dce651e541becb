package io.github.agentresilience.llm.internal.model;

import io.github.agentresilience.chain.ServerFault;
import io.github.agentresilience.llm.internal.accept.Terms;
import org.jspecify.annotations.Nullable;

import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.chat.prompt.Prompt;

/**
 * What a chain of the LLM layer is asked.
 *
 * @param prompt the prompt
 * @param madeFor the target whose options the prompt's were made from: headers and extra
 * fields in them are its own business and travel to no other. {@code null} where that is
 * none of the chain's
 * @param ofClient the model that the calling ChatClient was built on, for a chain that
 * was made for such clients: each of them may have another. {@code null} for every other
 * chain
 * @param terms what the call says about the answers that it accepts
 * @param fault an injected fault that the target's server is to have, else {@code null}
 */
public record ChatRequest(Prompt prompt, @Nullable ChatModelTarget madeFor, @Nullable ChatModel ofClient, Terms terms,
		@Nullable ServerFault fault) {

	/** What a chain is asked of which one target knows the options. */
	public ChatRequest(Prompt prompt, @Nullable ChatModelTarget madeFor, @Nullable ChatModel ofClient, Terms terms) {
		this(prompt, madeFor, ofClient, terms, null);
	}

	/** What a chain of declared targets is asked. */
	public ChatRequest(Prompt prompt, @Nullable ChatModelTarget madeFor) {
		this(prompt, madeFor, null, Terms.NONE);
	}

	ChatRequest withFault(ServerFault injected) {
		return new ChatRequest(this.prompt, this.madeFor, this.ofClient, this.terms, injected);
	}

	/** Leaves out the prompt. */
	@Override
	public String toString() {
		return "ChatRequest[madeFor=" + (this.madeFor != null ? this.madeFor.name() : null) + "]";
	}

}
