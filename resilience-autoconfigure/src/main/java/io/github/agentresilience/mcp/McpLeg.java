package io.github.agentresilience.mcp;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Consumer;
import java.util.function.Function;

import io.github.agentresilience.chain.ChainPolicy;
import io.github.agentresilience.chain.ChainRegistry;
import io.github.agentresilience.chain.GuardedTarget;
import io.github.agentresilience.chain.Layer;
import io.github.agentresilience.chain.Leg;
import io.github.agentresilience.chain.Prober;
import io.github.agentresilience.chain.TargetChain;
import io.github.agentresilience.chain.TargetGuard;
import io.modelcontextprotocol.client.McpAsyncClient;
import io.modelcontextprotocol.client.McpSyncClient;
import io.modelcontextprotocol.spec.McpSchema;
import io.modelcontextprotocol.spec.McpSchema.CallToolRequest;
import io.modelcontextprotocol.spec.McpSchema.CallToolResult;
import org.jspecify.annotations.Nullable;

/**
 * Turns the clients that Spring AI configured into resilient ones: one for each chain, in the place of all its
 * connections, and one for each connection that stands in no chain.
 */
public final class McpLeg implements AutoCloseable {

	private static final McpRequest PING = new McpRequest("ping", null, Map.of(), false, (client) -> {
		if (client instanceof McpSyncClient sync) {
			return sync.ping();
		}
		return ((McpAsyncClient) client).ping().block();
	});

	private final Leg<Object> leg;

	private final ChainPolicy policy;

	private final TargetGuard guard;

	private final ChainRegistry registry;

	private final McpTransports transports;

	private final ToolPolicies tools;

	private final @Nullable Prober prober;

	private final Consumer<String> toolsMayHaveChanged;

	private final McpReviver reviver = new McpReviver();

	private final ToolSchemas schemas = new ToolSchemas();

	private final List<McpChain> chains = new ArrayList<>();

	private final ExecutorService initializers = Executors.newCachedThreadPool((task) -> {
		Thread thread = new Thread(task, "resilience-mcp-init");
		thread.setDaemon(true);
		return thread;
	});

	/**
	 * The MCP leg of an application.
	 * @param leg what its chains share
	 * @param policy the rules of each chain
	 * @param guard puts breaker and policies around a target
	 * @param registry where the chains are made known
	 * @param transports the transports of its connections
	 * @param tools what the configuration says of tools
	 * @param prober asks servers whose breakers are open whether they are back, {@code null} where nobody does
	 * @param toolsMayHaveChanged told the name of a connection when it came up, at first or again
	 */
	public McpLeg(Leg<Object> leg, ChainPolicy policy, TargetGuard guard, ChainRegistry registry,
			McpTransports transports, ToolPolicies tools, @Nullable Prober prober,
			Consumer<String> toolsMayHaveChanged) {
		this.leg = leg;
		this.policy = policy;
		this.guard = guard;
		this.registry = registry;
		this.transports = transports;
		this.tools = tools;
		this.prober = prober;
		this.toolsMayHaveChanged = toolsMayHaveChanged;
	}

	/**
	 * The name of the connection that a client of Spring AI's belongs to: its title, where it has one, else what
	 * follows the application's name for all its clients.
	 */
	public static String connectionName(McpSchema.Implementation client, String clientName) {
		if (client.title() != null) {
			return client.title();
		}
		String prefix = clientName + " - ";
		return client.name().startsWith(prefix) ? client.name().substring(prefix.length()) : client.name();
	}

	/**
	 * Puts resilient clients in the place of plain ones.
	 * @param clients the plain ones by the names of their connections
	 * @param chains the connections of each chain, by the chain's name, all of them known
	 * @return one client for each chain, then one for each connection in none
	 */
	public List<McpSyncClient> protect(Map<String, McpSyncClient> clients, Map<String, List<String>> chains) {
		return protect(clients, McpClientHandle::of, chains).stream()
			.map((chain) -> new McpClientProxy(chain, false).proxy(McpSyncClient.class))
			.toList();
	}

	/** The same for asynchronous clients. */
	public List<McpAsyncClient> protectAsync(Map<String, McpAsyncClient> clients, Map<String, List<String>> chains) {
		return protect(clients, McpClientHandle::of, chains).stream()
			.map((chain) -> new McpClientProxy(chain, true).proxy(McpAsyncClient.class))
			.toList();
	}

	private <C> List<McpChain> protect(Map<String, C> clients, Function<C, McpClientHandle> handle,
			Map<String, List<String>> chainNames) {
		Map<String, Protected> targets = new LinkedHashMap<>();
		clients.forEach((name, client) -> targets.put(name, guarded(name, handle.apply(client))));
		Map<String, List<String>> all = new LinkedHashMap<>(chainNames);
		Set<String> single = new LinkedHashSet<>(targets.keySet());
		chainNames.values().forEach(single::removeAll);
		single.forEach((connection) -> all.put(connection, List.of(connection)));
		List<McpChain> made = new ArrayList<>();
		all.forEach((chain, names) -> made.add(chain(chain, names.stream().map(targets::get).toList())));
		this.chains.addAll(made);
		targets.values().forEach((target) -> this.reviver.keepAlive(target.connection()));
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
			this.prober.watch(Layer.MCP, target, PING, this.leg.classifier());
		}
		return new Protected(connection, target);
	}

	/**
	 * Calls a tool on nobody's behalf, as an experiment does: faults hit, the scorecard does not count.
	 * @return whether it was answered, and not with {@code isError}
	 * @throws IllegalArgumentException when there is no such chain
	 */
	public boolean probe(String chain, String tool, Map<String, Object> arguments) {
		McpChain asked = this.chains.stream()
			.filter((each) -> each.name().equals(chain))
			.findFirst()
			.orElseThrow(() -> new IllegalArgumentException("There is no MCP chain '" + chain + "'"));
		CallToolRequest call = CallToolRequest.builder(tool).arguments(arguments).build();
		Object answer = asked.call(new McpRequest("callTool", tool, arguments, false,
				(client) -> (client instanceof McpSyncClient sync) ? sync.callTool(call)
						: ((McpAsyncClient) client).callTool(call).block()),
				asked.spec(tool).asProbe());
		return answer instanceof CallToolResult result && !Boolean.TRUE.equals(result.isError());
	}

	private McpChain chain(String name, List<Protected> members) {
		TargetChain<McpRequest, Object> chain = new TargetChain<>(this.leg, name,
				members.stream().map(Protected::target).toList(), this.policy);
		this.registry.add(chain);
		List<McpConnection> connections = members.stream().map(Protected::connection).toList();
		this.schemas.chain(connections);
		return new McpChain(chain, alone(chain), connections, this.tools);
	}

	/** What goes to one server of several has its retry, breaker and timeout, but is no chain that anybody configured. */
	private List<TargetChain<McpRequest, Object>> alone(TargetChain<McpRequest, Object> chain) {
		if (chain.targets().size() == 1) {
			return List.of(chain);
		}
		Leg<Object> unheard = new Leg<>(this.leg.layer(), this.leg.runtime(), this.leg.classifier(),
				this.leg.inspector(), this.leg.budget(), List.of());
		return chain.targets()
			.stream()
			.map((target) -> new TargetChain<>(unheard, chain.name(), List.of(target), this.policy))
			.toList();
	}

	private void changed(McpConnection connection) {
		this.chains.forEach(McpChain::toolsChanged);
		this.toolsMayHaveChanged.accept(connection.name());
	}

	@Override
	public void close() {
		this.reviver.close();
		this.initializers.shutdownNow();
	}

	private record Protected(McpConnection connection, GuardedTarget<McpRequest, Object> target) {
	}

}
