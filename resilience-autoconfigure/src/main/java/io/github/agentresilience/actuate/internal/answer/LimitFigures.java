package io.github.agentresilience.actuate.internal.answer;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.github.agentresilience.chain.internal.limit.Limits;
import org.jspecify.annotations.Nullable;

/**
 * How the limits of a target stand. What is not limited is left out.
 *
 * @param inFlight how many attempts are under way
 * @param concurrency how many may be
 * @param waiting how many calls wait for the target, those among them that wait for
 * others too
 * @param requestsLeft how many requests are left of a minute
 * @param tokensLeft how many tokens are, negative where answers took more than was
 * reserved
 */
@AnswerJson
public record LimitFigures(@JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Integer inFlight,
		@JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Integer concurrency, int waiting,
		@JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Long requestsLeft,
		@JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Long tokensLeft) {

	/**
	 * The figures.
	 * @param limits {@code null} where the target has none
	 */
	public static @Nullable LimitFigures of(@Nullable Limits limits) {
		if (limits == null) {
			return null;
		}
		Integer concurrency = limits.concurrency();
		return new LimitFigures((concurrency != null) ? limits.inFlight() : null, concurrency, limits.waiting(),
				limits.requestsLeft(), limits.tokensLeft());
	}

}
