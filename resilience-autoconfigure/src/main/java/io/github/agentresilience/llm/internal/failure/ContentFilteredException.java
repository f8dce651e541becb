package io.github.agentresilience.llm.internal.failure;

/**
 * A provider answered that its content filter stopped the answer.
 */
public class ContentFilteredException extends RuntimeException {

	public ContentFilteredException() {
		super("The provider's content filter stopped the answer");
	}

}
