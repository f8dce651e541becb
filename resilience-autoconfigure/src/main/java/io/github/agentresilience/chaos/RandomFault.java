package io.github.agentresilience.chaos;

import java.util.EnumSet;
import java.util.Set;

import io.github.agentresilience.chain.Layer;

/**
 * Each attempt fails by chance.
 *
 * @param rate the chance, 0 to 1
 * @param status the HTTP status
 */
public record RandomFault(double rate, int status) implements Fault {

	public RandomFault {
		Fault.require(rate >= 0 && rate <= 1, "rate", "must be from 0 to 1");
		Fault.requireStatus(status);
	}

	public RandomFault(double rate) {
		this(rate, BurstFault.DEFAULT_STATUS);
	}

	@Override
	public String kind() {
		return "random";
	}

	@Override
	public Set<Layer> layers() {
		return EnumSet.allOf(Layer.class);
	}

}
