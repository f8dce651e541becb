package io.github.agentresilience.llm;

/**
 * A refusal of the request itself that another target is asked about all the same.
 */
public enum FallbackOn {

	/** A provider's content filter. */
	CONTENT_FILTER

}
