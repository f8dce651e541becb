package io.github.agentresilience.mcp;

import java.net.http.HttpClient;
import java.time.Clock;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

import io.modelcontextprotocol.client.transport.HttpClientSseClientTransport;
import io.modelcontextprotocol.spec.McpClientTransport;
import org.jspecify.annotations.Nullable;

/**
 * The transports of all connections, each with a {@link TrackedTransport} before it.
 */
public final class McpTransports {

	private final Map<String, TrackedTransport> transports = new ConcurrentHashMap<>();

	private final Map<String, TransportEvents> events = new ConcurrentHashMap<>();

	private final Map<String, HttpClientSseClientTransport.Builder> sseBuilders = new ConcurrentHashMap<>();

	private final Clock clock;

	private final boolean wantsProgress;

	/**
	 * Transports.
	 * @param clock what the date of a Retry-After is compared with
	 * @param wantsProgress whether tools are asked to report their progress
	 */
	public McpTransports(Clock clock, boolean wantsProgress) {
		this.clock = clock;
		this.wantsProgress = wantsProgress;
	}

	/** A builder of HTTP clients for one connection that keeps the status of refusals and can cancel. */
	public HttpClient.Builder httpClientBuilder(String connection, boolean legacySse) {
		TransportEvents ofConnection = this.events.computeIfAbsent(connection, (name) -> new TransportEvents(legacySse));
		return McpHttpClient.builder(this.clock, ofConnection);
	}

	/** Remembers how a legacy SSE transport is built: the SDK can connect each of them only once. */
	public void remember(String connection, HttpClientSseClientTransport.Builder builder) {
		this.sseBuilders.put(connection, builder);
	}

	/**
	 * Puts a tracked transport before a connection's own.
	 * @param another makes another one like it, {@code null} where the same can connect again
	 */
	public McpClientTransport track(String connection, McpClientTransport own,
			@Nullable Supplier<McpClientTransport> another) {
		HttpClientSseClientTransport.Builder sse = this.sseBuilders.get(connection);
		Supplier<McpClientTransport> fresh = (another == null && sse != null
				&& own instanceof HttpClientSseClientTransport) ? sse::build : another;
		TrackedTransport tracked = new TrackedTransport(own, fresh, this.wantsProgress);
		this.transports.put(connection, tracked);
		TransportEvents ofConnection = this.events.get(connection);
		if (ofConnection != null) {
			ofConnection.onConnectionLost(tracked::lost);
		}
		return tracked;
	}

	/** The transport of a connection, {@code null} where the application built its client by itself. */
	@Nullable TrackedTransport of(String connection) {
		return this.transports.get(connection);
	}

}
