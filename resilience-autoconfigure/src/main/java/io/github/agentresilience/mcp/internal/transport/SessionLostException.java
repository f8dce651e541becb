package io.github.agentresilience.mcp.internal.transport;

/**
 * The server does not know the session that the request was sent in, and another request
 * has already said so.
 */
public final class SessionLostException extends RuntimeException {

	public SessionLostException() {
		super("The MCP session is lost");
	}

}
