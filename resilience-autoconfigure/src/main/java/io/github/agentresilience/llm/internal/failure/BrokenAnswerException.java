package io.github.agentresilience.llm.internal.failure;

import java.io.IOException;

/**
 * An answer that came and cannot be read. Its message is in our own words and says
 * nothing of what the answer holds.
 */
public final class BrokenAnswerException extends IOException {

	public BrokenAnswerException(String message) {
		super(message);
	}

}
