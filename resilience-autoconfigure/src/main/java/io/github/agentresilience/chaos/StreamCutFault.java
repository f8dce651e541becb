package io.github.agentresilience.chaos;

import java.util.EnumSet;
import java.util.Set;

import io.github.agentresilience.chain.Layer;
import org.jspecify.annotations.Nullable;

/**
 * Streams break after some chunks; calls that are no streams pass.
 *
 * @param afterChunks how many chunks come through
 * @param count how many streams, {@code null} for all
 */
public record StreamCutFault(int afterChunks, @Nullable Integer count) implements Fault {

	public static final int DEFAULT_AFTER_CHUNKS = 3;

	public StreamCutFault {
		Fault.require(afterChunks >= 0, "afterChunks", "must not be negative");
		Fault.requirePositive("count", count);
	}

	@Override
	public String kind() {
		return "stream-cut";
	}

	@Override
	public Set<Layer> layers() {
		return EnumSet.of(Layer.LLM);
	}

}
