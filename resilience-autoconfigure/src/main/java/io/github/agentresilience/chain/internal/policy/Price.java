package io.github.agentresilience.chain.internal.policy;

import io.github.agentresilience.chain.TokenUsage;

/**
 * What a target charges, in whatever currency all prices are given in.
 *
 * @param inputPerMillion for a million tokens of requests
 * @param outputPerMillion for a million tokens of answers
 */
public record Price(double inputPerMillion, double outputPerMillion) {

	private static final double MILLION = 1_000_000;

	/** What these tokens cost. */
	public double cost(TokenUsage usage) {
		return cost(usage.input(), usage.output());
	}

	/** What so many tokens cost. */
	public double cost(long input, long output) {
		return (input * this.inputPerMillion + output * this.outputPerMillion) / MILLION;
	}

}
