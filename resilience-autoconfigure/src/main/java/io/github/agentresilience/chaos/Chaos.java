package io.github.agentresilience.chaos;

import java.time.Duration;
import java.util.List;

import io.github.agentresilience.chain.Layer;
import org.jspecify.annotations.Nullable;

/**
 * Injects faults and takes them away, for tests and for the actuator. Every fault ends by
 * itself. A bean where {@code resilience.chaos.enabled} is set.
 */
public interface Chaos {

	/** Each attempt looks at every active fault, so that they must not pile up. */
	int MOST_AT_ONCE = 100;

	/**
	 * Injects a fault for {@link Fault#DEFAULT_TTL}.
	 * @see #inject(Fault, Layer, String, Duration)
	 */
	default ActiveFault inject(Fault fault, Layer layer, @Nullable String target) {
		return inject(fault, layer, target, Fault.DEFAULT_TTL);
	}

	/**
	 * Injects a fault. It hits from the next attempt on.
	 * @param fault what
	 * @param layer on which layer
	 * @param target on which target, {@code null} for every target of the layer
	 * @param ttl for how long, at most {@link Fault#LONGEST_TTL}
	 * @return the injection
	 * @throws InvalidFaultException when the fault cannot hit that layer, when the time
	 * is out of bounds, or when {@link #MOST_AT_ONCE} faults are active
	 */
	ActiveFault inject(Fault fault, Layer layer, @Nullable String target, Duration ttl);

	/** The faults that may still hit, in the order of their injection. */
	List<ActiveFault> active();

	/**
	 * Takes a fault away.
	 * @return whether it was there
	 */
	boolean remove(String id);

	/** Takes all faults away. */
	void clear();

}
