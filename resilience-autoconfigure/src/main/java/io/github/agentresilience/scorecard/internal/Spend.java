package io.github.agentresilience.scorecard.internal;

/**
 * Tokens, and what they cost.
 *
 * @param input tokens of requests
 * @param output tokens of answers
 * @param priced how many of all of them have a price
 * @param cost what those cost
 * @param unknown attempts that may have used tokens, of which is not known how many
 * @param estimated tokens of the requests of those, as far as they have been counted
 * @param estimatedCost what those cost, as far as they have a price
 */
public record Spend(long input, long output, long priced, double cost, long unknown, long estimated,
		double estimatedCost) {

	static final Spend NONE = new Spend(0, 0, 0, 0, 0, 0, 0);

	Spend plus(Spend other) {
		return new Spend(this.input + other.input, this.output + other.output, this.priced + other.priced,
				this.cost + other.cost, this.unknown + other.unknown, this.estimated + other.estimated,
				this.estimatedCost + other.estimatedCost);
	}

	/** All tokens. */
	public long tokens() {
		return this.input + this.output;
	}

}
