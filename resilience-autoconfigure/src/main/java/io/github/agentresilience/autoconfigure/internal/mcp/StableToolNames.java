package io.github.agentresilience.autoconfigure.internal.mcp;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;

import io.modelcontextprotocol.spec.McpSchema;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.ai.mcp.McpConnectionInfo;
import org.springframework.ai.mcp.McpToolNamePrefixGenerator;
import org.springframework.ai.mcp.McpToolUtils;

/**
 * Names MCP tools as Spring AI's own generator does when it lists them for the first
 * time: a tool has its own name, and where another server's tool has that name already,
 * {@code alt_1_} before it. Spring AI's generator takes a tool whose description or
 * schema has changed for another one, and renames it; asked again for two servers that
 * share a name, it gives both the same. Here a tool keeps the name that it was given
 * first.
 */
public final class StableToolNames implements McpToolNamePrefixGenerator {

	private static final Logger logger = LoggerFactory.getLogger(StableToolNames.class);

	private final ReentrantLock lock = new ReentrantLock();

	private final Map<Key, String> given = new HashMap<>();

	private final Set<String> used = new HashSet<>();

	private int alternatives;

	@Override
	public String prefixedToolName(McpConnectionInfo connection, McpSchema.Tool tool) {
		McpSchema.InitializeResult server = connection.initializeResult();
		Key key = new Key(connection.clientInfo(), (server != null) ? server.serverInfo().name() : null, tool.name());
		this.lock.lock();
		try {
			return this.given.computeIfAbsent(key, this::free);
		}
		finally {
			this.lock.unlock();
		}
	}

	private String free(Key key) {
		String plain = McpToolUtils.format(key.tool());
		String name = plain;
		while (!this.used.add(name)) {
			this.alternatives++;
			name = "alt_" + this.alternatives + "_" + plain;
		}
		if (!name.equals(plain)) {
			logger.warn("Another MCP server has a tool named '{}' already; the tool of '{}' is named '{}'", plain,
					key.client().title() != null ? key.client().title() : key.client().name(), name);
		}
		return name;
	}

	private record Key(McpSchema.Implementation client, @Nullable String server, String tool) {
	}

}
