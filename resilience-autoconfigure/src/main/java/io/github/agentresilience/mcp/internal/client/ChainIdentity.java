package io.github.agentresilience.mcp.internal.client;

import java.util.List;
import java.util.concurrent.atomic.AtomicReference;

import io.github.agentresilience.mcp.internal.McpChain;
import io.github.agentresilience.mcp.internal.McpConnection;
import io.modelcontextprotocol.spec.McpSchema;
import io.modelcontextprotocol.spec.McpSchema.Implementation;
import io.modelcontextprotocol.spec.McpSchema.InitializeResult;
import org.jspecify.annotations.Nullable;

/**
 * As what a chain appears to the application, for as long as that runs: names of tools
 * are derived from it, and the model knows the tools by their names. So it depends on the
 * configuration alone, neither on which server is up nor on what that says of itself.
 *
 * <p>
 * A configured chain appears under its own name, as client and as server. A connection in
 * no chain appears as it would without the starter: as the server first said that it is.
 */
final class ChainIdentity {

	/**
	 * What a chain has in the place of a server's version, which changes with an update.
	 */
	static final String VERSION = "1.0.0";

	private final List<McpConnection> connections;

	private final Implementation clientInfo;

	private final AtomicReference<@Nullable Implementation> serverInfo = new AtomicReference<>();

	private ChainIdentity(List<McpConnection> connections, Implementation clientInfo,
			@Nullable Implementation serverInfo) {
		this.connections = connections;
		this.clientInfo = clientInfo;
		this.serverInfo.set(serverInfo);
	}

	static ChainIdentity of(McpChain chain) {
		return chain.isConfigured() ? ofChain(chain.name(), chain.connections())
				: ofConnection(chain.connections().get(0));
	}

	/** The identity of a connection that stands in no chain. */
	private static ChainIdentity ofConnection(McpConnection connection) {
		return new ChainIdentity(List.of(connection), connection.handle().info(), null);
	}

	/** The identity of a configured chain. */
	private static ChainIdentity ofChain(String chain, List<McpConnection> connections) {
		McpConnection first = connections.get(0);
		Implementation own = first.handle().info();
		boolean named = own.name().endsWith(first.name());
		String prefix = named ? own.name().substring(0, own.name().length() - first.name().length()) : own.name();
		Implementation client = Implementation.builder(named ? prefix + chain : prefix, own.version())
			.title(chain)
			.build();
		return new ChainIdentity(connections, client, Implementation.builder(chain, VERSION).title(chain).build());
	}

	Implementation clientInfo() {
		return this.clientInfo;
	}

	McpSchema.ClientCapabilities clientCapabilities() {
		return this.connections.get(0).handle().clientCapabilities();
	}

	/** {@code null} for a connection in no chain whose server has never been up. */
	@Nullable Implementation serverInfo() {
		Implementation known = this.serverInfo.get();
		if (known == null) {
			InitializeResult said = this.connections.get(0).initialization();
			if (said != null) {
				this.serverInfo.compareAndSet(null, said.serverInfo());
				known = this.serverInfo.get();
			}
		}
		return known;
	}

	/**
	 * What a server of the chain said when it was initialised, under the name of the
	 * chain: one that is up, else one that was up before; {@code null} until the first
	 * is.
	 */
	@Nullable InitializeResult initialization() {
		InitializeResult said = said();
		Implementation server = serverInfo();
		if (said == null || server == null || server.equals(said.serverInfo())) {
			return said;
		}
		return new InitializeResult(said.protocolVersion(), said.capabilities(), server, said.instructions(),
				said.meta());
	}

	private @Nullable InitializeResult said() {
		InitializeResult last = null;
		for (McpConnection connection : this.connections) {
			InitializeResult said = connection.initialization();
			if (said != null && connection.isInitialized()) {
				return said;
			}
			last = (last != null) ? last : said;
		}
		return last;
	}

}
