package io.github.agentresilience.chain;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

import org.jspecify.annotations.Nullable;

/**
 * What is left of a turn's {@link TurnBudget budget} pays for nothing more that the turn
 * needs. It says what was spent, and where. No target has failed, and asking again within
 * the turn is no use. Neither key nor prompt is in it.
 */
public class BudgetExhaustedException extends RuntimeException {

	private final String chain;

	private final What what;

	private final TurnBudget budget;

	private final TurnSpending spent;

	private final Map<String, TurnSpending> spentOn;

	/**
	 * An exception. Public so that a test of what handles it can make one.
	 * @param chain the chain whose call began the turn
	 * @param what the limit that stood in the way
	 * @param needed how much of that was needed, {@code null} where it is one call
	 * @param budget all limits of the turn
	 * @param spent what the turn has spent
	 * @param spentOn the same by target and tool, in the order in which they were asked
	 * @param cause why the last attempt before that failed, {@code null} where none did
	 */
	public BudgetExhaustedException(String chain, What what, @Nullable String needed, TurnBudget budget,
			TurnSpending spent, Map<String, TurnSpending> spentOn, @Nullable Throwable cause) {
		super(message(chain, what, needed, budget, spentOn), cause);
		this.chain = chain;
		this.what = what;
		this.budget = budget;
		this.spent = spent;
		this.spentOn = Collections.unmodifiableMap(new LinkedHashMap<>(spentOn));
	}

	private static String message(String chain, What what, @Nullable String needed, TurnBudget budget,
			Map<String, TurnSpending> spentOn) {
		StringBuilder text = new StringBuilder("The budget of a turn of the chain '").append(chain)
			.append("' is exhausted: ")
			.append(budget)
			.append("; ")
			.append((needed != null) ? "the next call needs about " + needed : "another " + what.call + " is needed");
		if (spentOn.isEmpty()) {
			return text.append("; nothing is spent").toString();
		}
		text.append("; spent:");
		String separator = " ";
		for (Map.Entry<String, TurnSpending> each : spentOn.entrySet()) {
			text.append(separator).append(each.getKey()).append(" (").append(each.getValue()).append(')');
			separator = ", ";
		}
		return text.toString();
	}

	/** The chain whose call began the turn. */
	public String chain() {
		return this.chain;
	}

	/** The limit that stood in the way. */
	public What what() {
		return this.what;
	}

	/** All limits of the turn. */
	public TurnBudget budget() {
		return this.budget;
	}

	/** What the turn has spent. */
	public TurnSpending spent() {
		return this.spent;
	}

	/**
	 * The same by the name of the target or tool, in the order in which they were asked.
	 */
	public Map<String, TurnSpending> spentOn() {
		return this.spentOn;
	}

	/** A kind of limit. */
	public enum What {

		/** Tokens of prompts and answers together. */
		TOKENS("model call"),

		/** Money. */
		COST("model call"),

		/** Attempts at models. */
		MODEL_CALLS("model call"),

		/** Calls of tools. */
		TOOL_CALLS("tool call");

		private final String id = name().toLowerCase(Locale.ROOT).replace('_', '-');

		private final String call;

		What(String call) {
			this.call = call;
		}

		/**
		 * The name in properties and tags.
		 * @return such as {@code model-calls}
		 */
		public String id() {
			return this.id;
		}

	}

}
