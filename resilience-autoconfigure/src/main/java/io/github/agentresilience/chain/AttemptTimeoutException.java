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

	/**
	 * An attempt that had what was left of the call's time, because no other target could
	 * be asked.
	 */
	public static AttemptTimeoutException lastAttempt(String target) {
		return new AttemptTimeoutException("No answer from '" + target + "' before the call's deadline");
	}

	/** A stream that has begun and then was silent for too long. */
	public static AttemptTimeoutException idle(String target, Duration idle) {
		return new AttemptTimeoutException("Nothing more from '" + target + "' for " + idle.toMillis() + " ms");
	}

	/** A stream that was still under way when the time for the whole call was over. */
	public static AttemptTimeoutException deadline(String target, Duration after) {
		return new AttemptTimeoutException(
				"The call's deadline cut the stream of '" + target + "' after " + after.toMillis() + " ms");
	}

}
