package io.github.agentresilience.sample.world;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A gateway with three models, a raw provider, and two MCP servers with the same tools.
 */
public final class EmbeddedWorld implements AutoCloseable {

	private static final Logger logger = LoggerFactory.getLogger(EmbeddedWorld.class);

	private final List<AutoCloseable> servers = new ArrayList<>();

	private final Map<String, Object> properties;

	private final AtomicBoolean closed = new AtomicBoolean();

	public EmbeddedWorld(Latency latency) {
		String gatewayKey = UUID.randomUUID().toString();
		String rawKey = UUID.randomUUID().toString();
		EmbeddedProvider gateway = started(new EmbeddedProvider(gatewayKey, latency,
				EmbeddedModel.plain("groq/llama-3.1-8b-instant"), EmbeddedModel.plain("groq/llama-3.3-70b-versatile"),
				EmbeddedModel.thinking("deepseek/deepseek-reasoner")));
		EmbeddedProvider raw = started(
				new EmbeddedProvider(rawKey, latency, EmbeddedModel.plain("llama-3.1-8b-instant")));
		EmbeddedMcpServer primary = started(new EmbeddedMcpServer("mcp-primary", latency));
		EmbeddedMcpServer fallback = started(new EmbeddedMcpServer("mcp-fallback", latency));
		this.properties = Map.of("sample.gateway.url", gateway.baseUrl(), "sample.gateway.key", gatewayKey,
				"sample.raw.url", raw.baseUrl(), "sample.raw.key", rawKey, "sample.mcp.primary.url", primary.url(),
				"sample.mcp.fallback.url", fallback.url());
	}

	private <T extends AutoCloseable> T started(T server) {
		this.servers.add(server);
		return server;
	}

	/** Where everything is, and the keys that let one in. */
	public Map<String, Object> properties() {
		return this.properties;
	}

	@Override
	public void close() {
		if (!this.closed.compareAndSet(false, true)) {
			return;
		}
		for (AutoCloseable server : this.servers) {
			try {
				server.close();
			}
			catch (Exception ex) {
				logger.warn("An embedded server does not stop", ex);
			}
		}
	}

}
