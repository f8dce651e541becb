package io.github.agentresilience.chain;

import java.time.Duration;

/**
 * One attempt had no answer in time and was abandoned; its exchange has been cancelled.
 */
public class AttemptTimeoutException extends RuntimeException {

	public AttemptTimeoutException(String target, Duration timeout) {
		this("No answer from '" + target + "' within " + timeout.toMillis() + " ms");
	}

	private AttemptTimeoutException(String message) {
		super(message, null, false, false);
	}

	/** A stream that has begun and then was silent for too long. */
	static AttemptTimeoutException idle(String target, Duration idle) {
		return new AttemptTimeoutException("Nothing more from '" + target + "' for " + idle.toMillis() + " ms");
	}

	/** A stream that was still under way when the time for the whole call was over. */
	static AttemptTimeoutException deadline(String target, Duration after) {
		return new AttemptTimeoutException("The call's deadline cut the stream of '" + target + "' after "
				+ after.toMillis() + " ms");
	}

}
