package io.github.agentresilience.mcp.internal.transport;

/**
 * A server has answered, and what it said cannot be read. So it received the request, and
 * may have carried it out.
 */
public final class UnreadableAnswerException extends RuntimeException {

	public UnreadableAnswerException() {
		super("The MCP server's answer cannot be read");
	}

	/** What the server said is JSON, and no result of the kind that was asked for. */
	public UnreadableAnswerException(Throwable cause) {
		super("The MCP server's answer cannot be read", cause);
	}

}
