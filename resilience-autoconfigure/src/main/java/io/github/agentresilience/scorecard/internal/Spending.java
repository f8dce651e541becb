package io.github.agentresilience.scorecard.internal;

/**
 * What answers took, and what resilience took besides.
 *
 * @param answers of attempts whose answer the caller got
 * @param resilience of attempts that did not serve their call
 */
public record Spending(Spend answers, Spend resilience) {

	public static final Spending NONE = new Spending(Spend.NONE, Spend.NONE);

	public Spending plus(Spending other) {
		return new Spending(this.answers.plus(other.answers), this.resilience.plus(other.resilience));
	}

	/** Both together. */
	public Spend all() {
		return this.answers.plus(this.resilience);
	}

}
