package io.github.agentresilience.chain;

import java.io.Serializable;
import java.math.BigDecimal;
import java.util.StringJoiner;

import org.jspecify.annotations.Nullable;

/**
 * What a turn of an agent may spend at most, over all its model calls and tool calls
 * together: {@code TurnBudget.unlimited().tokens(20_000).cost("0.05")}. Where a limit is
 * {@code null}, there is none of that kind.
 *
 * @param tokens tokens of prompts and answers together
 * @param cost money, in the currency of the targets' prices
 * @param modelCalls attempts at models: a retry, a hedge and a fallback count one each
 * @param toolCalls calls of tools; an attempt at another MCP server, or at the same once
 * more, counts one too
 */
public record TurnBudget(@Nullable Long tokens, @Nullable BigDecimal cost, @Nullable Integer modelCalls,
		@Nullable Integer toolCalls) implements Serializable {

	private static final int MOST_ZEROS = 40;

	private static final TurnBudget UNLIMITED = new TurnBudget(null, null, null, null);

	/**
	 * A budget.
	 * @throws IllegalArgumentException when a limit is negative, or one other than that
	 * of tool calls is 0
	 */
	public TurnBudget {
		require(tokens == null || tokens > 0, "tokens", tokens);
		require(cost == null || cost.signum() > 0, "cost", cost);
		require(modelCalls == null || modelCalls > 0, "modelCalls", modelCalls);
		require(toolCalls == null || toolCalls >= 0, "toolCalls", toolCalls);
	}

	private static void require(boolean right, String limit, @Nullable Object value) {
		if (!right) {
			throw new IllegalArgumentException("A turn's budget cannot have " + limit + " of " + value);
		}
	}

	/** Whatever it costs; what is spent is counted all the same. */
	public static TurnBudget unlimited() {
		return UNLIMITED;
	}

	/** The same with at most so many tokens, of prompts and answers together. */
	public TurnBudget tokens(long most) {
		return new TurnBudget(most, this.cost, this.modelCalls, this.toolCalls);
	}

	/** The same with at most so much money, in the currency of the targets' prices. */
	public TurnBudget cost(BigDecimal most) {
		return new TurnBudget(this.tokens, most, this.modelCalls, this.toolCalls);
	}

	/**
	 * The same with at most so much money.
	 * @param most a number such as {@code 0.05}
	 */
	public TurnBudget cost(String most) {
		return cost(new BigDecimal(most));
	}

	/** The same with at most so many attempts at models. */
	public TurnBudget modelCalls(int most) {
		return new TurnBudget(this.tokens, this.cost, most, this.toolCalls);
	}

	/** The same with at most so many calls of tools. */
	public TurnBudget toolCalls(int most) {
		return new TurnBudget(this.tokens, this.cost, this.modelCalls, most);
	}

	/** Whether it has a limit at all. */
	public boolean isLimited() {
		return !equals(UNLIMITED);
	}

	/** Such as {@code 20000 tokens, cost 0.05}. */
	@Override
	public String toString() {
		StringJoiner text = new StringJoiner(", ");
		text.setEmptyValue("unlimited");
		if (this.tokens != null) {
			text.add(count(this.tokens, "token"));
		}
		if (this.cost != null) {
			// One such as 1e-999999999 would fill the memory with zeros
			boolean plain = Math.abs((long) this.cost.scale()) <= MOST_ZEROS;
			text.add("cost " + (plain ? this.cost.toPlainString() : this.cost.toString()));
		}
		if (this.modelCalls != null) {
			text.add(count(this.modelCalls, "model call"));
		}
		if (this.toolCalls != null) {
			text.add(count(this.toolCalls, "tool call"));
		}
		return text.toString();
	}

	static String count(long number, String what) {
		return number + " " + what + (number == 1 ? "" : "s");
	}

}
