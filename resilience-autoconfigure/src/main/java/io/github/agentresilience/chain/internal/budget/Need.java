package io.github.agentresilience.chain.internal.budget;

/**
 * What something may take of a turn's budget, or has taken.
 *
 * @param where the target or tool that it goes to
 * @param tokens of prompt and answer together
 * @param picos money, in millionths of a millionth, in which a price for a million tokens
 * is a whole number for each of them
 * @param modelCalls attempts at models
 * @param toolCalls calls of tools
 */
public record Need(String where, long tokens, long picos, int modelCalls, int toolCalls) {

	private static final double PICOS = 1e12;

	/** So much that sums of it do not overflow, and more than anybody has. */
	private static final double MOST_PICOS = 1e18;

	/** An attempt at a model. */
	public static Need ofModel(String target, long tokens, double cost) {
		return new Need(target, tokens, picos(cost), 1, 0);
	}

	/** A call of a tool. */
	public static Need ofTool(String tool) {
		return new Need(tool, 0, 0, 0, 1);
	}

	/** The same, which is paid for already. */
	Need paid() {
		return new Need(this.where, 0, 0, 0, 0);
	}

	/** The same with what it came to. */
	Need costing(long actualTokens, double actualCost) {
		return new Need(this.where, actualTokens, picos(actualCost), this.modelCalls, this.toolCalls);
	}

	boolean isNothing() {
		return this.tokens == 0 && this.picos == 0 && this.modelCalls == 0 && this.toolCalls == 0;
	}

	private static long picos(double cost) {
		return Math.round(Math.min(cost * PICOS, MOST_PICOS));
	}

}
