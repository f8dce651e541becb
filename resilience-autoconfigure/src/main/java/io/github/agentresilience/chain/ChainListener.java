package io.github.agentresilience.chain;

/**
 * Is told of every call of a chain. Scorecard, metrics and logs are listeners; the chain
 * knows none of them.
 */
@FunctionalInterface
public interface ChainListener {

	/**
	 * A chain comes into being. A listener that keeps something for each chain returns
	 * one that has it at hand.
	 */
	default ChainListener forChain(Chain chain) {
		return this;
	}

	/**
	 * A call begins.
	 * @param call the call
	 * @return who is told the rest of it; a listener without state for each call returns
	 * itself
	 */
	CallObserver callStarted(Call call);

	/**
	 * A turn has exhausted its budget; told once of each turn, to the listener of the
	 * chain whose call began it.
	 */
	default void budgetExhausted(BudgetExhaustedException exhausted) {
	}

}
