package io.github.agentresilience.chain;

/**
 * The tokens that one attempt used, as its target says: what it read and what it wrote.
 *
 * @param input tokens of the request, as the target counts them
 * @param output tokens of the answer, as the target counts them
 */
public record TokenUsage(long input, long output) {

	/**
	 * Tokens that were used.
	 * @throws IllegalArgumentException when one of them is negative
	 */
	public TokenUsage {
		if (input < 0 || output < 0) {
			throw new IllegalArgumentException("Tokens cannot be negative: " + input + " and " + output);
		}
	}

	/** All of them. */
	public long total() {
		return this.input + this.output;
	}

}
