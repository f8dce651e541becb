package io.github.agentresilience.mcp.internal;

import java.util.concurrent.atomic.AtomicBoolean;

import io.github.agentresilience.chain.ServerFault;
import io.modelcontextprotocol.spec.McpError;
import io.modelcontextprotocol.spec.McpSchema;
import org.jspecify.annotations.Nullable;

/**
 * Plays the faults of an MCP server, where the client meets those of a real one.
 */
final class FaultyServer {

	private FaultyServer() {
	}

	/**
	 * A request to a server with a fault, {@code null} where the fault does not show in
	 * it.
	 */
	static @Nullable McpRequest request(McpRequest request, ServerFault fault, McpConnection connection,
			ToolSchemas schemas) {
		String tool = request.tool();
		if (fault == ServerFault.SESSION_LOST) {
			return request.with(losingSession(request.action(), connection));
		}
		if (fault == ServerFault.SCHEMA_CHANGED && tool != null) {
			return request.with((client) -> {
				schemas.changed(request, connection);
				throw refusal("Invalid arguments for tool " + tool + ": a required property is missing (injected)");
			});
		}
		if (fault == ServerFault.TOOL_GONE && tool != null) {
			return request.with((client) -> {
				throw refusal("Unknown tool: " + tool + " (injected)");
			});
		}
		return null;
	}

	/** The session is lost once; what is asked in the next one reaches the server. */
	private static McpRequest.Action losingSession(McpRequest.Action action, McpConnection connection) {
		AtomicBoolean lost = new AtomicBoolean();
		return (client) -> {
			if (lost.compareAndSet(false, true)) {
				throw connection.loseSession();
			}
			return action.with(client);
		};
	}

	private static McpError refusal(String message) {
		return new McpError(
				new McpSchema.JSONRPCResponse.JSONRPCError(McpSchema.ErrorCodes.INVALID_PARAMS, message, null));
	}

}
