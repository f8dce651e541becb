package io.github.agentresilience.mcp.internal;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

import io.modelcontextprotocol.json.McpJsonDefaults;
import io.modelcontextprotocol.json.schema.JsonSchemaValidator;
import io.modelcontextprotocol.spec.McpSchema.Tool;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Watches over the servers of all chains whose tools of one name differ. The model is
 * shown one schema; where another server has another, the arguments are looked at before
 * it is asked. Arguments that fit no server's schema are the model's mistake; the server
 * that is asked explains it, and the model can correct them.
 */
final class ToolSchemas {

	private static final Logger logger = LoggerFactory.getLogger(ToolSchemas.class);

	private final Map<McpConnection, List<McpConnection>> peers = new ConcurrentHashMap<>();

	private final Set<String> told = ConcurrentHashMap.newKeySet();

	private volatile @Nullable JsonSchemaValidator validator;

	/** Makes the connections of a chain known to each other. */
	void chain(List<McpConnection> members) {
		for (McpConnection member : members) {
			this.peers.computeIfAbsent(member, (key) -> new CopyOnWriteArrayList<>()).addAll(members);
		}
	}

	/**
	 * Looks at a tool call.
	 * @throws SchemaMismatchException when the arguments fit another server's schema and
	 * not this one's
	 */
	void check(McpRequest request, McpConnection serving) {
		String name = request.tool();
		Map<String, Tool> tools = serving.tools();
		Tool tool = (name != null && tools != null) ? tools.get(name) : null;
		if (tool == null || !differs(tool, serving)) {
			return;
		}
		if (!fits(request, tool) && fitsAnother(request, tool, serving)) {
			throw new SchemaMismatchException(Objects.requireNonNull(name), serving.name());
		}
	}

	/**
	 * Looks at a call of a tool whose schema the serving connection has just changed, so
	 * that the arguments do not fit there.
	 * @throws SchemaMismatchException when they fit another server's schema
	 */
	void changed(McpRequest request, McpConnection serving) {
		String name = Objects.requireNonNull(request.tool());
		Map<String, Tool> tools = serving.tools();
		Tool tool = (tools != null) ? tools.get(name) : null;
		if (tool != null && fitsAnother(request, tool, serving)) {
			throw new SchemaMismatchException(name, serving.name());
		}
	}

	/** Whether the output of a tool is what its server declares for it. */
	boolean allowsOutput(McpRequest request, McpConnection serving, Object output) {
		String name = request.tool();
		Map<String, Tool> tools = serving.tools();
		Tool tool = (name != null && tools != null) ? tools.get(name) : null;
		Map<String, Object> schema = (tool != null) ? tool.outputSchema() : null;
		return schema == null || schema.isEmpty() || isValid(validator().validate(schema, output));
	}

	/** A schema that cannot be used is not broken by what a tool gives back. */
	private static boolean isValid(JsonSchemaValidator.ValidationResponse response) {
		String error = String.valueOf(response.errorMessage());
		return response.valid() || error.startsWith("Error parsing") || error.startsWith("Unexpected")
				|| error.startsWith("Failed to");
	}

	private boolean fits(McpRequest request, Tool tool) {
		return validator().validate(tool.inputSchema(), request.arguments()).valid();
	}

	private boolean fitsAnother(McpRequest request, Tool tool, McpConnection serving) {
		for (McpConnection peer : this.peers.getOrDefault(serving, List.of())) {
			Tool other = toolOf(peer, tool.name(), serving);
			if (other != null && fits(request, other)) {
				return true;
			}
		}
		return false;
	}

	private static @Nullable Tool toolOf(McpConnection peer, String name, McpConnection serving) {
		Map<String, Tool> others = (peer != serving) ? peer.tools() : null;
		return (others != null) ? others.get(name) : null;
	}

	private boolean differs(Tool tool, McpConnection serving) {
		for (McpConnection peer : this.peers.getOrDefault(serving, List.of())) {
			Tool other = toolOf(peer, tool.name(), serving);
			if (other != null && !Objects.equals(other.inputSchema(), tool.inputSchema())) {
				tell(tool.name(), serving.name(), peer.name());
				return true;
			}
		}
		return false;
	}

	private void tell(String tool, String one, String other) {
		String key = tool + " " + (one.compareTo(other) < 0 ? one + " " + other : other + " " + one);
		if (this.told.add(key)) {
			logger.warn("The tool '{}' has different schemas on the MCP connections '{}' and '{}'; its arguments are "
					+ "checked against that of the one that serves", tool, one, other);
		}
	}

	private JsonSchemaValidator validator() {
		JsonSchemaValidator known = this.validator;
		if (known == null) {
			known = McpJsonDefaults.getSchemaValidator();
			this.validator = known;
		}
		return known;
	}

}
