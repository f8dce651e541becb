package io.github.agentresilience.mcp.internal.transport;

import java.io.IOException;
import java.net.URI;

import org.jspecify.annotations.Nullable;

/**
 * A server wants to be asked somewhere else.
 */
public final class RedirectedException extends IOException {

	private final int status;

	private final transient @Nullable URI to;

	/**
	 * A redirect.
	 * @param to where it leads, {@code null} where it is not followed
	 */
	RedirectedException(int status, @Nullable URI to) {
		super(status + " from the MCP server");
		this.status = status;
		this.to = to;
	}

	public int status() {
		return this.status;
	}

	@Nullable URI to() {
		return this.to;
	}

}
