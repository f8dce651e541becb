package io.github.agentresilience.mcp.internal;

/**
 * A connection was passed over because it is not up.
 */
public final class NotInitializedException extends RuntimeException {

	public NotInitializedException(String connection) {
		super("The MCP connection '" + connection + "' is not up");
	}

}
