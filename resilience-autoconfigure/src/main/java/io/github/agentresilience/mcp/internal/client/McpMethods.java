package io.github.agentresilience.mcp.internal.client;

import java.util.Set;

/**
 * What is done with each method of an MCP client; its synchronous and asynchronous forms
 * have the same names.
 */
enum McpMethods {

	/** Asks without changing anything: any server of the chain may answer. */
	REQUEST("ping", "callTool", "listTools", "listResources", "readResource", "listResourceTemplates", "listPrompts",
			"getPrompt", "completeCompletion"),

	/** Changes something at the server, and so concerns the one that serves. */
	OF_ACTIVE("setLoggingLevel", "subscribeResource", "unsubscribeResource"),

	/** Changes the client, and so concerns every connection. */
	OF_ALL("addRoot", "removeRoot", "rootsListChangedNotification", "initialize", "close", "closeGracefully"),

	/**
	 * Says what the client is, and what it is connected to: a chain has an identity of
	 * its own.
	 */
	STATEMENT("getCurrentInitializationResult", "getServerCapabilities", "getServerInstructions", "getServerInfo",
			"isInitialized", "getClientCapabilities", "getClientInfo");

	private final Set<String> names;

	McpMethods(String... names) {
		this.names = Set.of(names);
	}

	/**
	 * What is done with a method.
	 * @return {@link #STATEMENT} for one that is not known: at worst it reaches one
	 * server unprotected
	 */
	static McpMethods of(String name) {
		for (McpMethods kind : values()) {
			if (kind.names.contains(name)) {
				return kind;
			}
		}
		return STATEMENT;
	}

	static boolean covers(String name) {
		return STATEMENT.names.contains(name) || of(name) != STATEMENT;
	}

}
