package io.github.agentresilience.chaos;

import java.io.IOException;
import java.util.EnumSet;
import java.util.Set;

import io.github.agentresilience.chain.Attempt;
import io.github.agentresilience.chain.Layer;
import io.github.agentresilience.chain.Target;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;

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

	@Override
	public Behaviour behaviour() {
		return new Behaviour() {

			@Override
			public boolean hitsCalls() {
				return false;
			}

			@Override
			public <A> @Nullable A beforeCall(Target<?, A> target, Attempt attempt) {
				return null;
			}

			@Override
			public <A> Flux<A> bend(Flux<A> chunks, Target<?, A> target, Attempt attempt) {
				return chunks.take(StreamCutFault.this.afterChunks)
					.concatWith(Flux.error(() -> new IOException("stream cut injected")));
			}

		};
	}

}
