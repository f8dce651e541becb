package io.github.agentresilience.mcp.internal.transport;

import java.net.http.HttpClient;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

import io.github.agentresilience.chain.internal.engine.ChainRuntime;
import io.modelcontextprotocol.spec.McpClientTransport;
import org.jspecify.annotations.Nullable;

/**
 * The transports of all connections, each with a {@link TrackedTransport} before it.
 */
public final class McpTransports {

	private final Map<String, TrackedTransport> transports = new ConcurrentHashMap<>();

	private final Map<String, TransportEvents> events = new ConcurrentHashMap<>();

	private final Map<String, Supplier<McpClientTransport>> builders = new ConcurrentHashMap<>();

	private final Background background;

	private final boolean wantsProgress;

	/**
	 * Transports.
	 * @param runtime has the time and the threads that they go by
	 * @param wantsProgress whether tools are asked to report their progress
	 */
	public McpTransports(ChainRuntime runtime, boolean wantsProgress) {
		this.background = Background.of(runtime);
		this.wantsProgress = wantsProgress;
	}

	/**
	 * A builder of HTTP clients for one connection that keeps the status of refusals and
	 * can cancel.
	 * @param own the connection's own, with what the application has set on it
	 */
	public HttpClient.Builder httpClientBuilder(String connection, boolean legacySse, HttpClient.Builder own) {
		TransportEvents ofConnection = this.events.computeIfAbsent(connection,
				(name) -> new TransportEvents(name, legacySse));
		return new McpHttpClientBuilder(own, this.background, ofConnection);
	}

	/**
	 * Remembers how a connection's transport is built: each session has one of its own.
	 */
	public void remember(String connection, Supplier<McpClientTransport> builder) {
		this.builders.put(connection, builder);
	}

	/**
	 * Puts a tracked transport before a connection's own.
	 * @param process starts the process of a stdio server anew, {@code null} for any
	 * other transport
	 */
	public McpClientTransport track(String connection, McpClientTransport own,
			@Nullable Supplier<McpClientTransport> process) {
		TransportEvents ofConnection = this.events.get(connection);
		boolean carriesAll = process != null || (ofConnection != null && ofConnection.isLegacySse());
		TrackedTransport tracked = new TrackedTransport(own, process != null ? process : this.builders.get(connection),
				carriesAll, this.wantsProgress, this.background);
		tracked.onResponse(new McpResults(connection, tracked)::readable);
		this.transports.put(connection, tracked);
		if (ofConnection != null) {
			tracked.onSession(ofConnection::onMessage);
			ofConnection.onLost(tracked::connectionLost);
		}
		return tracked;
	}

	/**
	 * The transport of a connection, {@code null} where the application built its client
	 * by itself.
	 */
	public @Nullable TrackedTransport of(String connection) {
		return this.transports.get(connection);
	}

}
