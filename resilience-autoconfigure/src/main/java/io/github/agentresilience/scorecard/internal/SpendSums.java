package io.github.agentresilience.scorecard.internal;

import io.github.agentresilience.chain.TokenUsage;
import io.github.agentresilience.chain.internal.budget.Purpose;
import org.jspecify.annotations.Nullable;

/**
 * What was spent, added up in place: every attempt adds to it. Whoever does holds the
 * lock of the ledger.
 */
final class SpendSums {

	private final Sum answers = new Sum();

	private final Sum resilience = new Sum();

	/**
	 * Adds what an attempt used.
	 * @param cost what that cost, {@code null} where it has no price
	 */
	void used(Purpose purpose, TokenUsage usage, @Nullable Double cost) {
		Sum sum = of(purpose);
		sum.input += usage.input();
		sum.output += usage.output();
		if (cost != null) {
			sum.priced += usage.total();
			sum.cost += cost;
		}
	}

	/**
	 * Adds an attempt of which is not known what it used.
	 * @param estimate what it used at least, about, {@code null} where there is none
	 * @param cost what that costs, {@code null} where it has no price
	 */
	void unknown(Purpose purpose, @Nullable TokenUsage estimate, @Nullable Double cost) {
		Sum sum = of(purpose);
		sum.unknown++;
		if (estimate != null) {
			sum.estimated += estimate.total();
			sum.estimatedCost += (cost != null) ? cost : 0;
		}
	}

	private Sum of(Purpose purpose) {
		return (purpose == Purpose.ANSWER) ? this.answers : this.resilience;
	}

	Spending spending() {
		return new Spending(this.answers.spend(), this.resilience.spend());
	}

	private static final class Sum {

		private long input;

		private long output;

		private long priced;

		private double cost;

		private long unknown;

		private long estimated;

		private double estimatedCost;

		Spend spend() {
			return new Spend(this.input, this.output, this.priced, this.cost, this.unknown, this.estimated,
					this.estimatedCost);
		}

	}

}
