package io.github.agentresilience.mcp;

import org.jspecify.annotations.Nullable;

import io.modelcontextprotocol.client.McpSyncClient;

/**
 * One request to whichever server of a chain takes it.
 *
 * @param method the client's method, for people
 * @param tool the tool that a {@code tools/call} names, else {@code null}
 * @param action makes the request
 */
record McpRequest(String method, @Nullable String tool, Action action) {

	/** Makes a request with one client. */
	@FunctionalInterface
	interface Action {

		@Nullable Object with(McpSyncClient client) throws Exception;

	}

}
