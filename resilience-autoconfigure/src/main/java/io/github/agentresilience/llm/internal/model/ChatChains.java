package io.github.agentresilience.llm.internal.model;

/**
 * Finds the model of a chain by the chain's name, for calls that choose their chain.
 */
@FunctionalInterface
public interface ChatChains {

	/**
	 * The model of a chain.
	 * @throws IllegalArgumentException when there is no such chain
	 */
	ResilientChatModel model(String chain);

}
