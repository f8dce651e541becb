package io.github.agentresilience.mcp;

import java.net.http.HttpClient;
import java.time.Clock;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Consumer;

import io.github.agentresilience.chain.ChainPolicy;
import io.github.agentresilience.chain.ChainRegistry;
import io.github.agentresilience.chain.GuardedTarget;
import io.github.agentresilience.chain.Leg;
import io.github.agentresilience.chain.TargetChain;
import io.github.agentresilience.chain.TargetGuard;
import io.modelcontextprotocol.client.McpSyncClient;

/**
 * Turns the clients that Spring AI configured into resilient ones: one for each chain, in the place of all its
 * connections, and one for each connection that stands in no chain.
 */
public final class McpLeg implements AutoCloseable {

	private final Leg<Object> leg;

	private final ChainPolicy policy;

	private final TargetGuard guard;

	private final ChainRegistry registry;

	private final Consumer<String> toolsMayHaveChanged;

	private final McpReviver reviver = new McpReviver();

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
	 * @param toolsMayHaveChanged told the name of a connection when it came up, at first or again
	 */
	public McpLeg(Leg<Object> leg, ChainPolicy policy, TargetGuard guard, ChainRegistry registry,
			Consumer<String> toolsMayHaveChanged) {
		this.leg = leg;
		this.policy = policy;
		this.guard = guard;
		this.registry = registry;
		this.toolsMayHaveChanged = toolsMayHaveChanged;
	}

	/** A builder of HTTP clients for MCP transports that keeps the status of refusals and can cancel. */
	public static HttpClient.Builder httpClientBuilder(Clock clock) {
		return McpHttpClient.builder(clock);
	}

	/** The name of the connection that a client of Spring AI's belongs to. */
	public static String connectionName(McpSyncClient client) {
		String title = client.getClientInfo().title();
		return (title != null) ? title : client.getClientInfo().name();
	}

	/**
	 * Puts resilient clients in the place of plain ones.
	 * @param clients the plain ones
	 * @param chains the connections of each chain, by the chain's name, all of them known
	 * @return one client for each chain, then one for each connection in none
	 */
	public List<McpSyncClient> protect(List<McpSyncClient> clients, Map<String, List<String>> chains) {
		Map<String, Protected> targets = new LinkedHashMap<>();
		for (McpSyncClient client : clients) {
			McpConnection connection = new McpConnection(connectionName(client), client, this.initializers,
					this::initialized);
			targets.put(connection.name(), new Protected(connection, this.guard.around(new McpTarget(connection))));
			this.reviver.keepAlive(connection);
		}
		Map<String, List<String>> all = new LinkedHashMap<>(chains);
		Set<String> single = new LinkedHashSet<>(targets.keySet());
		chains.values().forEach(single::removeAll);
		single.forEach((connection) -> all.put(connection, List.of(connection)));
		List<McpSyncClient> resilient = new ArrayList<>();
		all.forEach((chain, names) -> resilient.add(client(chain, names.stream().map(targets::get).toList())));
		return resilient;
	}

	private McpSyncClient client(String name, List<Protected> members) {
		TargetChain<McpRequest, Object> chain = new TargetChain<>(this.leg, name,
				members.stream().map(Protected::target).toList(), this.policy);
		this.registry.add(chain);
		return new McpClientProxy(chain, members.stream().map(Protected::connection).toList()).proxy();
	}

	private void initialized(McpConnection connection) {
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
