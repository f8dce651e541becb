package io.github.agentresilience.chaos;

import java.util.EnumSet;
import java.util.Set;

import io.github.agentresilience.chain.Layer;
import org.jspecify.annotations.Nullable;

/**
 * The answer says nothing, and ends as if it were whole.
 *
 * @param count how many attempts, {@code null} for all
 */
public record EmptyFault(@Nullable Integer count) implements Fault {

	public EmptyFault {
		Fault.requirePositive("count", count);
	}

	@Override
	public String kind() {
		return "empty";
	}

	@Override
	public Set<Layer> layers() {
		return EnumSet.of(Layer.LLM);
	}

}
