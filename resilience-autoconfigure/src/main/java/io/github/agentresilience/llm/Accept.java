package io.github.agentresilience.llm;

/**
 * What makes an answer one that is not accepted. The text of an answer that calls tools
 * is never judged.
 */
public enum Accept {

	/** It was cut off at the most tokens that it may have. */
	LENGTH,

	/** The model refused, and said so in the field for that. */
	REFUSAL,

	/**
	 * It is not what the request asked for: JSON, by the schema of its output where it
	 * names one.
	 */
	SCHEMA,

	/**
	 * It calls a tool with arguments that the tool's own schema does not allow.
	 */
	TOOL_ARGUMENTS

}
