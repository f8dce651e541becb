package io.github.agentresilience.chaos;

import java.time.Duration;
import java.time.Instant;

import io.github.agentresilience.chain.Layer;
import org.jspecify.annotations.Nullable;

/**
 * One injection of a fault.
 */
public interface ActiveFault {

	/** What {@link Chaos#remove} takes it away by. */
	String id();

	/** What was injected. */
	Fault fault();

	/** The layer that it hits. */
	Layer layer();

	/** The target that it hits, {@code null} for every target of its layer. */
	@Nullable String target();

	/** For how long it was injected. */
	Duration ttl();

	/** When it ends by itself. */
	Instant until();

	/**
	 * How many attempts it will still hit, {@code null} where only its time limits it.
	 */
	@Nullable Integer left();

}
