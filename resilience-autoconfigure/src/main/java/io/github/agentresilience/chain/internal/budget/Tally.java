package io.github.agentresilience.chain.internal.budget;

import java.math.BigDecimal;

import io.github.agentresilience.chain.TurnSpending;

/** A sum of what is spent, or reserved. Its owner guards it. */
final class Tally {

	private static final int PICO = 12;

	private long tokens;

	private long picos;

	private int modelCalls;

	private int toolCalls;

	void add(Need need) {
		this.tokens += need.tokens();
		this.picos += need.picos();
		this.modelCalls += need.modelCalls();
		this.toolCalls += need.toolCalls();
	}

	void subtract(Need need) {
		this.tokens -= need.tokens();
		this.picos -= need.picos();
		this.modelCalls -= need.modelCalls();
		this.toolCalls -= need.toolCalls();
	}

	long tokens() {
		return this.tokens;
	}

	long picos() {
		return this.picos;
	}

	int modelCalls() {
		return this.modelCalls;
	}

	int toolCalls() {
		return this.toolCalls;
	}

	boolean isEmpty() {
		return this.tokens == 0 && this.picos == 0 && this.modelCalls == 0 && this.toolCalls == 0;
	}

	TurnSpending spending() {
		return new TurnSpending(this.tokens, money(this.picos), this.modelCalls, this.toolCalls);
	}

	/** Without zeros that say nothing. */
	static BigDecimal money(long picos) {
		return (picos == 0) ? BigDecimal.ZERO : BigDecimal.valueOf(picos, PICO).stripTrailingZeros();
	}

}
