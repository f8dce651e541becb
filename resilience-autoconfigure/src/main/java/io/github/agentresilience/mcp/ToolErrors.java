package io.github.agentresilience.mcp;

/**
 * How an answer with {@code isError} is judged.
 */
public enum ToolErrors {

	/**
	 * Judged by the chain: a failure of the first server when another then answers well,
	 * else the tool's answer.
	 */
	JUDGE,

	/** Always a failure of the server. */
	FAILURE,

	/** Always the tool's answer. */
	ANSWER

}
