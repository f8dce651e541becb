package io.github.agentresilience.chaos;

import java.util.EnumSet;
import java.util.Set;

import io.github.agentresilience.chain.Layer;
import org.jspecify.annotations.Nullable;

/**
 * The connection is reset: before a call is answered, or after some chunks of a stream.
 *
 * @param afterChunks how many chunks of a stream come through
 * @param count how many attempts, {@code null} for all
 */
public record ResetFault(int afterChunks, @Nullable Integer count) implements Fault {

	public ResetFault {
		Fault.require(afterChunks >= 0, "afterChunks", "must not be negative");
		Fault.requirePositive("count", count);
	}

	@Override
	public String kind() {
		return "reset";
	}

	@Override
	public Set<Layer> layers() {
		return EnumSet.of(Layer.LLM);
	}

}
