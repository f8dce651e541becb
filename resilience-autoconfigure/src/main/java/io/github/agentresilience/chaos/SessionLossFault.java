package io.github.agentresilience.chaos;

import java.util.EnumSet;
import java.util.Set;

import io.github.agentresilience.chain.Layer;
import org.jspecify.annotations.Nullable;

/**
 * The server no longer knows the session: the client opens another.
 *
 * @param count how many attempts, {@code null} for all
 */
public record SessionLossFault(@Nullable Integer count) implements Fault {

	public SessionLossFault {
		Fault.requirePositive("count", count);
	}

	@Override
	public String kind() {
		return "session-loss";
	}

	@Override
	public Set<Layer> layers() {
		return EnumSet.of(Layer.MCP);
	}

}
