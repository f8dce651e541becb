package io.github.agentresilience.mcp.internal.transport;

import java.io.IOException;

/**
 * A connection could not be opened, so nothing was sent.
 */
public final class McpConnectException extends IOException {

	McpConnectException(Throwable cause) {
		super("The connection cannot be opened", cause);
	}

}
