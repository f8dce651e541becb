package io.github.agentresilience.chaos;

import java.util.EnumSet;
import java.util.Set;

import io.github.agentresilience.chain.Attempt;
import io.github.agentresilience.chain.Layer;
import io.github.agentresilience.chain.Target;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;

/**
 * A tool never answers.
 *
 * @param tool the tool's name, {@code null} for all
 * @param count how many attempts, {@code null} for all
 */
public record McpTimeoutFault(@Nullable String tool, @Nullable Integer count) implements Fault {

	public McpTimeoutFault {
		Fault.requirePositive("count", count);
	}

	@Override
	public String kind() {
		return "mcp-timeout";
	}

	@Override
	public Set<Layer> layers() {
		return EnumSet.of(Layer.MCP);
	}

	@Override
	public Behaviour behaviour() {
		return new Behaviour() {

			@Override
			public <A> @Nullable A beforeCall(Target<?, A> target, Attempt attempt) throws Exception {
				// No attempt may outlast the longest fault, whatever its own timeout
				attempt.pause(LONGEST_TTL);
				return null;
			}

			@Override
			public <A> Flux<A> bend(Flux<A> chunks, Target<?, A> target, Attempt attempt) {
				return Flux.never();
			}

		};
	}

}
