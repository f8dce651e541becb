package io.github.agentresilience.chaos;

import java.util.EnumSet;
import java.util.Set;

import io.github.agentresilience.chain.Layer;
import org.jspecify.annotations.Nullable;

/**
 * The model answers nonsense: it calls a tool with arguments that are cut.
 *
 * @param count how many attempts, {@code null} for all
 */
public record MalformedFault(@Nullable Integer count) implements Fault {

	public MalformedFault {
		Fault.requirePositive("count", count);
	}

	@Override
	public String kind() {
		return "malformed";
	}

	@Override
	public Set<Layer> layers() {
		return EnumSet.of(Layer.LLM);
	}

}
