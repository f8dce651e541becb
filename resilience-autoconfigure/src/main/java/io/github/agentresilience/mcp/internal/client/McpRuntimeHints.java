package io.github.agentresilience.mcp.internal.client;

import java.util.List;

import io.modelcontextprotocol.client.McpAsyncClient;
import io.modelcontextprotocol.client.McpSyncClient;
import io.modelcontextprotocol.client.transport.StdioClientTransport;
import org.jspecify.annotations.Nullable;

import org.springframework.aot.hint.MemberCategory;
import org.springframework.aot.hint.RuntimeHints;
import org.springframework.aot.hint.RuntimeHintsRegistrar;

/**
 * What is needed of MCP clients where no class can be generated any more: their methods,
 * which are called by reflection, and the classes of the proxies in front of them. Those
 * are generated here, where Spring's AOT processing keeps them. What an application has
 * set on a stdio transport is read from its fields.
 */
public final class McpRuntimeHints implements RuntimeHintsRegistrar {

	@Override
	public void registerHints(RuntimeHints hints, @Nullable ClassLoader classLoader) {
		for (Class<?> client : List.of(McpSyncClient.class, McpAsyncClient.class)) {
			hints.reflection()
				.registerType(client, MemberCategory.INVOKE_PUBLIC_METHODS)
				.registerType(McpClientProxy.proxyClass(client), MemberCategory.INVOKE_DECLARED_CONSTRUCTORS,
						MemberCategory.INVOKE_DECLARED_METHODS, MemberCategory.ACCESS_DECLARED_FIELDS,
						MemberCategory.UNSAFE_ALLOCATED);
		}
		hints.reflection().registerType(StdioClientTransport.class, MemberCategory.ACCESS_DECLARED_FIELDS);
	}

}
