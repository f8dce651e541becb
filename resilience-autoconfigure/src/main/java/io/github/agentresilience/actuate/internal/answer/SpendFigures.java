package io.github.agentresilience.actuate.internal.answer;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.github.agentresilience.scorecard.internal.Spend;
import io.github.agentresilience.scorecard.internal.Spending;
import org.jspecify.annotations.Nullable;

/**
 * Tokens, and what they cost.
 *
 * @param cost what the tokens that have a price cost, {@code null} where none has
 * @param unpricedTokens those that have none; the key is missing where all have
 * @param unknownAttempts attempts that may have used tokens, of which is not known how
 * many
 * @param estimatedInputTokens those of the requests of these attempts, as far as they
 * have been counted; the key is missing where none has
 * @param estimatedCost what these cost; the key is missing where none has a price
 * @param resilience the part of all this that did not serve a call; the key is missing in
 * that part itself
 */
@AnswerJson
public record SpendFigures(long inputTokens, long outputTokens, @Nullable Double cost,
		@JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Long unpricedTokens, long unknownAttempts,
		@JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Long estimatedInputTokens,
		@JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Double estimatedCost,
		@JsonInclude(JsonInclude.Include.NON_NULL) @Nullable SpendFigures resilience) {

	static SpendFigures of(Spending spending) {
		return of(spending.all(), of(spending.resilience(), null));
	}

	private static SpendFigures of(Spend spend, @Nullable SpendFigures resilience) {
		long unpriced = spend.tokens() - spend.priced();
		return new SpendFigures(spend.input(), spend.output(),
				(spend.priced() > 0) ? Rounded.money(spend.cost()) : null, (unpriced > 0) ? unpriced : null,
				spend.unknown(), (spend.estimated() > 0) ? spend.estimated() : null,
				(spend.estimatedCost() > 0) ? Rounded.money(spend.estimatedCost()) : null, resilience);
	}

}
