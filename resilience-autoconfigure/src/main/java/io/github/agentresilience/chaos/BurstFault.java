package io.github.agentresilience.chaos;

import java.util.EnumSet;
import java.util.Set;

import io.github.agentresilience.chain.Layer;
import org.jspecify.annotations.NonNull;

/**
 * The next attempts fail with a status.
 *
 * @param count how many
 * @param status the HTTP status
 */
public record BurstFault(@NonNull Integer count, int status) implements Fault {

	public static final int DEFAULT_COUNT = 5;

	public static final int DEFAULT_STATUS = 503;

	public BurstFault {
		Fault.requirePositive("count", count);
		Fault.requireStatus(status);
	}

	public BurstFault() {
		this(DEFAULT_COUNT, DEFAULT_STATUS);
	}

	@Override
	public String kind() {
		return "burst";
	}

	@Override
	public Set<Layer> layers() {
		return EnumSet.allOf(Layer.class);
	}

}
