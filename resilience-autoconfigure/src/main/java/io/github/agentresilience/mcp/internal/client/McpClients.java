package io.github.agentresilience.mcp.internal.client;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

import io.github.agentresilience.mcp.internal.McpChains;
import io.github.agentresilience.mcp.internal.McpClientHandle;
import io.modelcontextprotocol.client.McpAsyncClient;
import io.modelcontextprotocol.client.McpSyncClient;

/**
 * Turns the clients that Spring AI configured into resilient ones: one for each chain, in
 * the place of all its connections, and one for each connection that stands in no chain.
 */
public final class McpClients {

	private McpClients() {
	}

	/**
	 * Puts resilient clients in the place of plain ones.
	 * @param clients the plain ones by the names of their connections
	 * @param chains the connections of each chain, by the chain's name, all of them known
	 * @return one client for each chain, then one for each connection in none
	 */
	public static List<McpSyncClient> protect(McpChains layer, Map<String, McpSyncClient> clients,
			Map<String, List<String>> chains) {
		return layer.protect(handles(clients, McpClientHandle::of), chains)
			.stream()
			.map((chain) -> new McpClientProxy(chain, false).proxy(McpSyncClient.class))
			.toList();
	}

	/** The same for asynchronous clients. */
	public static List<McpAsyncClient> protectAsync(McpChains layer, Map<String, McpAsyncClient> clients,
			Map<String, List<String>> chains) {
		return layer.protect(handles(clients, McpClientHandle::of), chains)
			.stream()
			.map((chain) -> new McpClientProxy(chain, true).proxy(McpAsyncClient.class))
			.toList();
	}

	private static <C> Map<String, McpClientHandle> handles(Map<String, C> clients,
			Function<C, McpClientHandle> handle) {
		Map<String, McpClientHandle> handles = new LinkedHashMap<>();
		clients.forEach((name, client) -> handles.put(name, handle.apply(client)));
		return handles;
	}

}
