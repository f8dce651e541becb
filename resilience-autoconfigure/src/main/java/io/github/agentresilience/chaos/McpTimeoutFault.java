package io.github.agentresilience.chaos;

import java.util.EnumSet;
import java.util.Set;

import io.github.agentresilience.chain.Layer;
import org.jspecify.annotations.Nullable;

/**
 * A tool never answers.
 *
 * @param tool the tool's name, {@code null} for all
 * @param count how many attempts, {@code null} for all
 */
public record McpTimeoutFault(@Nullable String tool, @Nullable Integer count) implements Fault {

	public McpTimeoutFault {
		Fault.requirePositive("count", count);
	}

	@Override
	public String kind() {
		return "mcp-timeout";
	}

	@Override
	public Set<Layer> layers() {
		return EnumSet.of(Layer.MCP);
	}

}
