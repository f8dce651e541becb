package io.github.agentresilience.chain.internal.budget;

import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.UnknownHostException;
import java.util.Locale;

import io.github.agentresilience.chain.Attempt;
import io.github.agentresilience.chain.Failure;
import org.jspecify.annotations.Nullable;

/**
 * What the tokens of an attempt were spent on.
 */
public enum Purpose {

	/**
	 * An answer that its caller got, or would have got had the caller not gone away.
	 */
	ANSWER,

	/**
	 * Attempts that did not serve their call, because they failed, another answered
	 * first, or their answer was not accepted, and calls that no user made.
	 */
	RESILIENCE;

	/**
	 * An HTTP status from which on the request was refused, and nothing was generated.
	 */
	private static final int REFUSED = 400;

	/** How configuration, metrics and answers call it. */
	public String id() {
		return name().toLowerCase(Locale.ROOT);
	}

	/**
	 * Of an attempt that has ended.
	 * @return {@code null} where the end of its call will tell
	 */
	public static @Nullable Purpose ofEnded(Attempt attempt) {
		return switch (attempt.outcome()) {
			case PENDING, DEFERRED, UNACCEPTABLE -> null;
			case FAILURE, SUPERSEDED -> RESILIENCE;
			case SUCCESS, CANCELLED -> ofAnswer(attempt);
		};
	}

	/** Of an attempt that has been judged. */
	public static Purpose ofJudged(Attempt attempt) {
		return switch (attempt.outcome()) {
			case SUCCESS, CANCELLED -> ofAnswer(attempt);
			case UNACCEPTABLE -> (attempt.call().served() == attempt) ? ofAnswer(attempt) : RESILIENCE;
			default -> RESILIENCE;
		};
	}

	private static Purpose ofAnswer(Attempt attempt) {
		return attempt.call().isSynthetic() ? RESILIENCE : ANSWER;
	}

	/**
	 * Whether an attempt whose target has not said what it used may have used tokens all
	 * the same: it did unless its target refused it, or was never reached.
	 */
	public static boolean mayHaveUsedTokens(Attempt attempt) {
		Failure failure = attempt.failure();
		if (failure == null) {
			return true;
		}
		boolean begun = attempt.call().isStreaming() && attempt.responseNanos() != attempt.durationNanos();
		return begun || (failure.status() < REFUSED && !isNeverReached(failure.cause()));
	}

	private static boolean isNeverReached(@Nullable Throwable thrown) {
		int depth = 0;
		for (Throwable cause = thrown; cause != null && depth < 10; cause = cause.getCause()) {
			if (cause instanceof ConnectException || cause instanceof UnknownHostException
					|| cause instanceof NoRouteToHostException) {
				return true;
			}
			depth++;
		}
		return false;
	}

}
