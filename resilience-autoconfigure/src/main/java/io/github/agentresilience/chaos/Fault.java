package io.github.agentresilience.chaos;

import java.time.Duration;
import java.util.Set;

import io.github.agentresilience.chain.Layer;
import org.jspecify.annotations.Nullable;

/**
 * A kind of failure that can be injected. A fault is data.
 */
public sealed interface Fault permits BurstFault, RandomFault, BrownoutFault, RateLimitFault, StreamCutFault,
		MalformedFault, EmptyFault, TruncatedFault, SlowDripFault, ResetFault, ExpiredCredentialsFault,
		RefuseHistoryFault, McpToolFault, McpTimeoutFault, SessionLossFault, SchemaDriftFault, StaleFault {

	/** The longest that any fault may stay. */
	Duration LONGEST_TTL = Duration.ofHours(1);

	/** How long a fault stays where nothing else is said. */
	Duration DEFAULT_TTL = Duration.ofSeconds(60);

	/** The name of the kind in the actuator's JSON. */
	String kind();

	/** The layers that it can hit. */
	Set<Layer> layers();

	/** The tool that it is limited to, {@code null} for all. */
	default @Nullable String tool() {
		return null;
	}

	/**
	 * How many attempts it hits before it ends by itself, {@code null} for no limit but
	 * its time.
	 */
	default @Nullable Integer count() {
		return null;
	}

	/**
	 * Refuses a layer that it cannot hit.
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

	/** A delay that is longer than any fault may stay is a mistake. */
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
