package io.github.agentresilience.chaos;

import java.time.Duration;
import java.util.EnumSet;
import java.util.Set;

import io.github.agentresilience.chain.Layer;
import org.jspecify.annotations.Nullable;

/**
 * The answer drips: each chunk of a stream comes late, a call takes as long as
 * {@value #PIECES_OF_CALL} chunks would.
 *
 * @param interval the wait before each chunk, at most {@link Fault#LONGEST_TTL}
 * @param count how many attempts, {@code null} for all
 */
public record SlowDripFault(Duration interval, @Nullable Integer count) implements Fault {

	public static final Duration DEFAULT_INTERVAL = Duration.ofMillis(500);

	/** In how many pieces the body of a call that is no stream comes. */
	public static final int PIECES_OF_CALL = 20;

	public SlowDripFault {
		Fault.requireDelay("interval", interval);
		Fault.requirePositive("count", count);
	}

	@Override
	public String kind() {
		return "slow-drip";
	}

	@Override
	public Set<Layer> layers() {
		return EnumSet.of(Layer.LLM);
	}

}
