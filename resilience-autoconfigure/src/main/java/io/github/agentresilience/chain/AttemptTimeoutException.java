package io.github.agentresilience.chain;

import java.time.Duration;

/**
 * One attempt had no answer in time and was abandoned; its exchange has been cancelled.
 */
public class AttemptTimeoutException extends RuntimeException {

	public AttemptTimeoutException(String target, Duration timeout) {
		super("No answer from '" + target + "' within " + timeout.toMillis() + " ms", null, false, false);
	}

}
