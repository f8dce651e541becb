package io.github.agentresilience.mcp;

/**
 * The server does not know the session that the request was sent in, and another request has already said so.
 */
final class SessionLostException extends RuntimeException {

	SessionLostException() {
		super("The MCP session is lost");
	}

}
