package io.github.agentresilience.llm.internal.failure;

import java.io.IOException;

/**
 * An answer without any choice. Spring AI would log that with the whole prompt.
 */
public final class EmptyAnswerException extends IOException {

	public EmptyAnswerException() {
		super("The answer has no choices");
	}

}
