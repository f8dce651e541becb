package io.github.agentresilience.chain.internal.engine;

import java.time.Duration;
import java.util.Objects;

import io.github.agentresilience.chain.AttemptTimeoutException;
import io.github.agentresilience.chain.Failure;

/**
 * What an attempt failed of whose time is over.
 */
final class Timeouts {

	private Timeouts() {
	}

	/** The attempt has had its own time, or all that was left of the call's. */
	static Failure of(ActiveAttempt<?, ?> attempt) {
		AttemptTimeoutException cause = attempt.cancellation().isOverdue()
				? AttemptTimeoutException.lastAttempt(attempt.target())
				: new AttemptTimeoutException(attempt.target(), Duration.ofNanos(attempt.timeoutNanos()));
		Failure silent = of(cause);
		// Cut short by its caller, the target had less than its own time
		return attempt.isCutShort() ? silent.withoutBreaker() : silent;
	}

	static Failure of(AttemptTimeoutException cause) {
		return Failure.silent(Objects.requireNonNull(cause.getMessage()), cause);
	}

}
