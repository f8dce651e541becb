package io.github.agentresilience.chaos;

import java.time.Duration;
import java.util.EnumSet;
import java.util.Set;

import io.github.agentresilience.chain.Layer;

/**
 * Each attempt is delayed, then goes on.
 *
 * @param latency the delay, at most {@link Fault#LONGEST_TTL}
 * @param jitter up to this much is added to or taken from each delay
 */
public record BrownoutFault(Duration latency, Duration jitter) implements Fault {

	public static final Duration DEFAULT_LATENCY = Duration.ofSeconds(2);

	public BrownoutFault {
		Fault.requireDelay("latency", latency);
		Fault.requireDelay("jitter", jitter);
		Fault.require(jitter.compareTo(latency) <= 0, "jitter", "must not be longer than 'latency'");
	}

	public BrownoutFault(Duration latency) {
		this(latency, Duration.ZERO);
	}

	@Override
	public String kind() {
		return "brownout";
	}

	@Override
	public Set<Layer> layers() {
		return EnumSet.allOf(Layer.class);
	}

}
