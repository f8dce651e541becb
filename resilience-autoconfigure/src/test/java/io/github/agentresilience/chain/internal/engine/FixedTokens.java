package io.github.agentresilience.chain.internal.engine;

import io.github.agentresilience.chain.internal.limit.TokenEstimate;

/**
 * A call of which is known what it takes.
 */
record FixedTokens(int input, int answer) implements TokenEstimate {

	@Override
	public int output(int position) {
		return this.answer;
	}

}
