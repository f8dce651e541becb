package io.github.agentresilience.observation.internal;

import io.github.agentresilience.chain.BudgetExhaustedException;
import io.github.agentresilience.chain.ChainExhaustedException;
import io.github.agentresilience.chain.Failure;
import org.jspecify.annotations.Nullable;

/**
 * A failure as observations may know it. What a target threw may hold the prompt, in its
 * words or in those of its causes, and tracers record both; so of that only the type is
 * told, and the line that the classifier made of it.
 */
final class ObservedFailure extends RuntimeException {

	private ObservedFailure(String message) {
		super(message, null, false, false);
	}

	static ObservedFailure of(Failure failure) {
		return of(failure.cause(), failure.message());
	}

	/**
	 * What a call threw at its caller.
	 * @param last the failure of its last attempt, if one failed
	 */
	static ObservedFailure of(RuntimeException thrown, @Nullable Failure last) {
		if (thrown instanceof ChainExhaustedException || thrown instanceof BudgetExhaustedException) {
			return of(thrown, String.valueOf(thrown.getMessage()));
		}
		return of(thrown, (last != null) ? last.message() : "");
	}

	private static ObservedFailure of(Throwable thrown, String words) {
		String type = thrown.getClass().getSimpleName();
		return new ObservedFailure(words.isEmpty() || words.equals(type) ? type : type + ": " + words);
	}

}
