package io.github.agentresilience.chaos;

import java.util.EnumSet;
import java.util.Set;

import io.github.agentresilience.chain.Layer;
import org.jspecify.annotations.Nullable;

/**
 * The answer ends at its token limit: what there is of it is half, with the finish reason
 * for that. Of a stream two chunks come through.
 *
 * @param count how many attempts, {@code null} for all
 */
public record TruncatedFault(@Nullable Integer count) implements Fault {

	public TruncatedFault {
		Fault.requirePositive("count", count);
	}

	@Override
	public String kind() {
		return "truncated";
	}

	@Override
	public Set<Layer> layers() {
		return EnumSet.of(Layer.LLM);
	}

}
