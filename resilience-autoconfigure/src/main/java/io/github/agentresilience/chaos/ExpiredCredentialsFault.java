package io.github.agentresilience.chaos;

import java.util.EnumSet;
import java.util.Set;

import io.github.agentresilience.chain.Layer;
import org.jspecify.annotations.Nullable;

/**
 * Attempts are refused with 401, because the key has expired.
 *
 * @param count how many attempts, {@code null} for all
 */
public record ExpiredCredentialsFault(@Nullable Integer count) implements Fault {

	public ExpiredCredentialsFault {
		Fault.requirePositive("count", count);
	}

	@Override
	public String kind() {
		return "expired-credentials";
	}

	@Override
	public Set<Layer> layers() {
		return EnumSet.of(Layer.LLM);
	}

}
