package io.github.agentresilience.chaos;

import java.time.Duration;
import java.util.EnumSet;
import java.util.Set;

import io.github.agentresilience.chain.Layer;
import org.jspecify.annotations.Nullable;

/**
 * Attempts are refused with 429 and a Retry-After.
 *
 * @param retryAfter what the refusal asks for, at most {@link Fault#LONGEST_TTL}
 * @param count how many attempts, {@code null} for all
 */
public record RateLimitFault(Duration retryAfter, @Nullable Integer count) implements Fault {

	public static final Duration DEFAULT_RETRY_AFTER = Duration.ofSeconds(5);

	private static final int TOO_MANY_REQUESTS = 429;

	public RateLimitFault {
		Fault.requireDelay("retryAfter", retryAfter);
		Fault.requirePositive("count", count);
	}

	@Override
	public String kind() {
		return "rate-limit";
	}

	@Override
	public Set<Layer> layers() {
		return EnumSet.of(Layer.LLM);
	}

}
