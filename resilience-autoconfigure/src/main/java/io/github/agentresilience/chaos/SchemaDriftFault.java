package io.github.agentresilience.chaos;

import java.util.EnumSet;
import java.util.Set;

import io.github.agentresilience.chain.Layer;
import org.jspecify.annotations.Nullable;

/**
 * A tool takes other arguments than those that the model was shown.
 *
 * @param tool the tool's name, {@code null} for all
 * @param count how many attempts, {@code null} for all
 */
public record SchemaDriftFault(@Nullable String tool, @Nullable Integer count) implements Fault {

	public SchemaDriftFault {
		Fault.requirePositive("count", count);
	}

	@Override
	public String kind() {
		return "schema-drift";
	}

	@Override
	public Set<Layer> layers() {
		return EnumSet.of(Layer.MCP);
	}

}
