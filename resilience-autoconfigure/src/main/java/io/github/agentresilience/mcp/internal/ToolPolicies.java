package io.github.agentresilience.mcp.internal;

import java.time.Duration;
import java.util.Map;

import io.github.agentresilience.mcp.Replay;
import org.jspecify.annotations.Nullable;

/**
 * What the configuration says of tools.
 *
 * @param replay for tools of which it says nothing
 * @param tools the rest, by the tool's name
 */
public record ToolPolicies(Replay replay, Map<String, ToolPolicy> tools) {

	private static final ToolPolicy SILENT = new ToolPolicy(null, null);

	ToolPolicy of(String tool) {
		return this.tools.getOrDefault(tool, SILENT);
	}

	Replay replay(String tool) {
		Replay own = of(tool).replay();
		return (own != null) ? own : this.replay;
	}

	/**
	 * What the configuration says of one tool.
	 *
	 * @param timeout for one attempt, {@code null} for the connection's
	 * @param replay {@code null} for that of all tools
	 */
	public record ToolPolicy(@Nullable Duration timeout, @Nullable Replay replay) {
	}

}
