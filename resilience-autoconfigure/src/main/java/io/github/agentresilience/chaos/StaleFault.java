package io.github.agentresilience.chaos;

import java.util.EnumSet;
import java.util.Set;

import io.github.agentresilience.chain.Layer;
import org.jspecify.annotations.Nullable;

/**
 * The list of tools is stale: the server no longer has the tool that is called.
 *
 * @param tool the tool's name, {@code null} for all
 * @param count how many attempts, {@code null} for all
 */
public record StaleFault(@Nullable String tool, @Nullable Integer count) implements Fault {

	public StaleFault {
		Fault.requirePositive("count", count);
	}

	@Override
	public String kind() {
		return "stale";
	}

	@Override
	public Set<Layer> layers() {
		return EnumSet.of(Layer.MCP);
	}

}
