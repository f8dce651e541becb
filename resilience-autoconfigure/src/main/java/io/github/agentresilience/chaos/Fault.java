package io.github.agentresilience.chaos;

import java.time.Duration;
import java.util.Set;

import io.github.agentresilience.chain.Layer;
import org.jspecify.annotations.Nullable;

/**
 * A kind of failure that can be injected. A fault is data; {@link #behaviour()} gives the code that one injection of
 * it runs on.
 */
public sealed interface Fault
		permits BurstFault, RandomFault, BrownoutFault, RateLimitFault, StreamCutFault, McpToolFault, McpTimeoutFault {

	/** The longest that any fault may stay. */
	Duration LONGEST_TTL = Duration.ofHours(1);

	Duration DEFAULT_TTL = Duration.ofSeconds(60);

	/** The name of the kind in the actuator's JSON. */
	String kind();

	/** The legs that it can hit. */
	Set<Layer> layers();

	/** The tool that it is limited to, {@code null} for all. */
	default @Nullable String tool() {
		return null;
	}

	/** How many attempts it hits before it ends by itself, {@code null} for no limit but its time. */
	default @Nullable Integer count() {
		return null;
	}

	/** What it does to the attempts that it hits. */
	Behaviour behaviour();

	/**
	 * Refuses a leg that it cannot hit.
	 * @throws InvalidFaultException when it cannot
	 */
	default void requireLayer(Layer layer) {
		require(layers().contains(layer), "layer", "cannot be '" + layer.id() + "' for the fault '" + kind() + "'");
	}

	static void requirePositive(String field, @Nullable Integer value) {
		require(value == null || value > 0, field, "must be greater than 0");
	}

	static void requireStatus(int status) {
		require(status >= 400 && status <= 599, "status", "must be an HTTP error status, 400 to 599");
	}

	/** A delay that is longer than any fault may stay is a slip of the pen. */
	static void requireDelay(String field, Duration value) {
		require(!value.isNegative(), field, "must not be negative");
		require(value.compareTo(LONGEST_TTL) <= 0, field, "must be at most 1h");
	}

	static void require(boolean right, String field, String problem) {
		if (!right) {
			throw new InvalidFaultException(field, problem);
		}
	}

}
