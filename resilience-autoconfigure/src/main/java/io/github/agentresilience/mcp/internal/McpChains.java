package io.github.agentresilience.mcp.internal;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.function.Consumer;

import io.github.agentresilience.chain.Layer;
import io.github.agentresilience.chain.internal.engine.ChainRegistry;
import io.github.agentresilience.chain.internal.engine.ChainServices;
import io.github.agentresilience.chain.internal.engine.Prober;
import io.github.agentresilience.chain.internal.engine.TargetChain;
import io.github.agentresilience.chain.internal.guard.GuardedTarget;
import io.github.agentresilience.chain.internal.guard.TargetGuard;
import io.github.agentresilience.chain.internal.policy.ChainPolicy;
import io.github.agentresilience.mcp.internal.transport.McpTransports;
import io.github.agentresilience.mcp.internal.transport.TrackedTransport;
import io.modelcontextprotocol.client.McpAsyncClient;
import io.modelcontextprotocol.client.McpSyncClient;
import io.modelcontextprotocol.spec.McpSchema;
import io.modelcontextprotocol.spec.McpSchema.CallToolRequest;
import io.modelcontextprotocol.spec.McpSchema.CallToolResult;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The MCP layer of an application: makes a chain of each that is configured, and one of
 * each connection that stands in none.
 */
public final class McpChains implements AutoCloseable {

	private static final Logger logger = LoggerFactory.getLogger(McpChains.class);

	private static final McpRequest PING = new McpRequest("ping", null, Map.of(), false, (client) -> {
		if (client instanceof McpSyncClient sync) {
			return sync.ping();
		}
		return ((McpAsyncClient) client).ping().block();
	});

	private final ChainServices<Object> services;

	private final ChainPolicy policy;

	private final TargetGuard guard;

	private final ChainRegistry registry;

	private final McpTransports transports;

	private final ToolPolicies tools;

	private final @Nullable Prober prober;

	private final Consumer<String> toolsChanged;

	private final Reconnector reconnector;

	private final ToolSchemas schemas = new ToolSchemas();

	private final List<McpChain> chains = new ArrayList<>();

	private final ExecutorService initializers;

	/**
	 * A layer without chains yet.
	 * @param services what its chains share
	 * @param policy the rules of each chain
	 * @param guard puts breaker and policies around a target
	 * @param registry where the chains are made known
	 * @param transports the transports of its connections
	 * @param tools what the configuration says of tools
	 * @param prober asks servers whose breakers are open whether they are back,
	 * {@code null} for none
	 * @param toolsChanged told the name of a connection when it came up or listed its
	 * tools anew, and those of its chain are others now
	 */
	public McpChains(ChainServices<Object> services, ChainPolicy policy, TargetGuard guard, ChainRegistry registry,
			McpTransports transports, ToolPolicies tools, @Nullable Prober prober, Consumer<String> toolsChanged) {
		this.services = services;
		this.policy = policy;
		this.guard = guard;
		this.registry = registry;
		this.transports = transports;
		this.tools = tools;
		this.prober = prober;
		this.toolsChanged = toolsChanged;
		this.reconnector = new Reconnector(services.runtime());
		this.initializers = services.runtime().workers().of("mcp-init");
	}

	/**
	 * The name of the connection that a client of Spring AI's belongs to: its title,
	 * where it has one, else what follows the application's name for all its clients.
	 */
	public static String connectionName(McpSchema.Implementation client, String clientName) {
		if (client.title() != null) {
			return client.title();
		}
		String prefix = clientName + " - ";
		return client.name().startsWith(prefix) ? client.name().substring(prefix.length()) : client.name();
	}

	/**
	 * Protects connections.
	 * @param clients the plain clients by the names of their connections
	 * @param chainNames the connections of each chain, by the chain's name, all of them
	 * known
	 * @return the configured chains, then one for each connection in none
	 */
	public List<McpChain> protect(Map<String, McpClientHandle> clients, Map<String, List<String>> chainNames) {
		Map<String, Protected> targets = new LinkedHashMap<>();
		clients.forEach((name, client) -> targets.put(name, guarded(name, client)));
		Map<String, List<String>> all = new LinkedHashMap<>(chainNames);
		Set<String> inNoChain = new LinkedHashSet<>(targets.keySet());
		chainNames.values().forEach(inNoChain::removeAll);
		inNoChain.forEach((connection) -> all.put(connection, List.of(connection)));
		List<McpChain> made = new ArrayList<>();
		all.forEach((chain, names) -> made
			.add(chain(chain, names.stream().map(targets::get).toList(), chainNames.containsKey(chain))));
		this.chains.addAll(made);
		targets.values().forEach((target) -> this.reconnector.keepAlive(target.connection()));
		return made;
	}

	private Protected guarded(String name, McpClientHandle handle) {
		TrackedTransport transport = this.transports.of(name);
		McpConnection connection = new McpConnection(name, handle, transport, this.initializers, this::changed);
		if (transport != null) {
			transport.onToolsChanged(connection::refreshTools);
		}
		GuardedTarget<McpRequest, Object> target = this.guard.around(new McpTarget(connection, this.schemas));
		if (this.prober != null) {
			this.prober.watch(Layer.MCP, target, PING, this.services.classifier());
		}
		return new Protected(connection, target);
	}

	/**
	 * Calls a tool for an experiment and for no user: faults hit, the scorecard does not
	 * count.
	 * @return whether it was answered, and not with {@code isError}
	 * @throws IllegalArgumentException when there is no such chain
	 */
	public boolean probe(String chain, String tool, Map<String, Object> arguments) {
		McpChain asked = this.chains.stream()
			.filter((each) -> each.name().equals(chain))
			.findFirst()
			.orElseThrow(() -> new IllegalArgumentException("There is no MCP chain '" + chain + "'"));
		CallToolRequest call = CallToolRequest.builder(tool).arguments(arguments).build();
		Object answer = asked.call(
				new McpRequest("callTool", tool, arguments, false, (client) -> (client instanceof McpSyncClient sync)
						? sync.callTool(call) : ((McpAsyncClient) client).callTool(call).block()),
				asked.spec(tool).asProbe());
		return answer instanceof CallToolResult result && !Boolean.TRUE.equals(result.isError());
	}

	private McpChain chain(String name, List<Protected> members, boolean configured) {
		List<McpConnection> connections = members.stream().map(Protected::connection).toList();
		TargetChain<McpRequest, Object> chain = new TargetChain<>(this.services, name,
				members.stream().map(Protected::target).toList(), this.policy, null,
				new StructuredOutputs(connections, this.schemas));
		this.registry.add(chain);
		this.schemas.chain(connections);
		return new McpChain(chain, configured, single(chain), connections, this.tools, this.services.runtime());
	}

	/**
	 * A request for one server of several has its retry, breaker and timeout, but is no
	 * call of a chain that anybody configured.
	 */
	private List<TargetChain<McpRequest, Object>> single(TargetChain<McpRequest, Object> chain) {
		if (chain.targets().size() == 1) {
			return List.of(chain);
		}
		ChainServices<Object> unscored = new ChainServices<>(this.services.layer(), this.services.runtime(),
				this.services.classifier(), this.services.inspector(), this.services.budget(), List.of());
		return chain.targets()
			.stream()
			.map((target) -> new TargetChain<>(unscored, chain.name(), List.of(target), this.policy))
			.toList();
	}

	private void changed(McpConnection connection) {
		boolean changed = false;
		for (McpChain chain : this.chains) {
			changed |= chain.toolsChanged(connection);
		}
		if (!changed) {
			return;
		}
		try {
			this.toolsChanged.accept(connection.name());
		}
		catch (RuntimeException | Error ex) {
			logger.warn("A listener failed on being told that the tools of the MCP connection '{}' have changed",
					connection.name(), ex);
		}
	}

	@Override
	public void close() {
		this.reconnector.close();
		this.initializers.shutdownNow();
	}

	private record Protected(McpConnection connection, GuardedTarget<McpRequest, Object> target) {
	}

}
