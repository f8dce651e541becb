package io.github.agentresilience.chain;

import java.io.Serializable;
import java.math.BigDecimal;
import java.util.StringJoiner;

/**
 * What a turn of an agent has spent, in all or on one target or tool. What a target does
 * not say of an attempt that it may have charged for stands at its estimate.
 *
 * @param tokens tokens of prompts and answers together
 * @param cost money, in the currency of the targets' prices; 0 where a target has none
 * @param modelCalls attempts at models
 * @param toolCalls calls of tools
 */
public record TurnSpending(long tokens, BigDecimal cost, int modelCalls, int toolCalls) implements Serializable {

	/** Such as {@code 2 model calls, 850 tokens, cost 0.0012}. */
	@Override
	public String toString() {
		StringJoiner text = new StringJoiner(", ");
		text.setEmptyValue("nothing");
		if (this.modelCalls > 0) {
			text.add(TurnBudget.count(this.modelCalls, "model call"));
		}
		if (this.toolCalls > 0) {
			text.add(TurnBudget.count(this.toolCalls, "tool call"));
		}
		if (this.tokens > 0) {
			text.add(TurnBudget.count(this.tokens, "token"));
		}
		if (this.cost.signum() > 0) {
			text.add("cost " + this.cost.toPlainString());
		}
		return text.toString();
	}

}
