package io.github.agentresilience.mcp;

/**
 * A connection was passed over because it is not up.
 */
final class NotInitializedException extends RuntimeException {

	NotInitializedException(String connection) {
		super("The MCP connection '" + connection + "' is not up");
	}

}
