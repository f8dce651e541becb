package io.github.agentresilience.mcp.internal;

import java.util.Map;

import org.jspecify.annotations.Nullable;

/**
 * One request to whichever server of a chain takes it.
 *
 * @param method the client's method, for people
 * @param tool the tool that a {@code tools/call} names, else {@code null}
 * @param arguments the tool's arguments
 * @param onlyIfUp whether a connection that is not initialised is passed over
 * @param action makes the request
 */
public record McpRequest(String method, @Nullable String tool, Map<String, Object> arguments, boolean onlyIfUp,
		Action action) {

	/** The same request, made in another way. */
	McpRequest with(Action other) {
		return new McpRequest(this.method, this.tool, this.arguments, this.onlyIfUp, other);
	}

	/** Makes a request with one client. */
	@FunctionalInterface
	public interface Action {

		/**
		 * Answers with the result, or with a publisher of it where the client is
		 * asynchronous.
		 */
		@Nullable Object with(Object client) throws Exception;

	}

}
