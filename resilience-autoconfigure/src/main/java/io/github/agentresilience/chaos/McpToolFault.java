package io.github.agentresilience.chaos;

import java.util.EnumSet;
import java.util.Set;

import io.github.agentresilience.chain.Layer;
import org.jspecify.annotations.Nullable;

/**
 * A tool answers {@code isError}.
 *
 * @param tool the tool's name, {@code null} for all
 * @param count how many attempts, {@code null} for all
 */
public record McpToolFault(@Nullable String tool, @Nullable Integer count) implements Fault {

	public McpToolFault {
		Fault.requirePositive("count", count);
	}

	@Override
	public String kind() {
		return "mcp-tool";
	}

	@Override
	public Set<Layer> layers() {
		return EnumSet.of(Layer.MCP);
	}

}
