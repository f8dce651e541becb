package io.github.agentresilience.llm.internal.failure;

/**
 * An answer in which the model calls a tool in a way in which it cannot be called. The
 * request was right, and another model may do better. Says nothing of what the answer
 * holds.
 */
public final class BadGenerationException extends RuntimeException {

	public BadGenerationException(String message) {
		super(message);
	}

}
