package io.github.agentresilience.llm;

import java.time.Duration;
import java.util.Map;

import org.jspecify.annotations.Nullable;

/**
 * What one call may choose for itself. The keys are ChatClient advisor parameters:
 *
 * <pre>{@code
 * chatClient.prompt("...")
 *     .advisors((advisors) -> advisors.param(CallParams.CHAIN, "smart")
 *         .param(CallParams.DEADLINE, Duration.ofSeconds(5)))
 *     .call();
 * }</pre>
 *
 * {@link #CHAIN} and {@link #DEADLINE} are also read from the tool context of a prompt's options, with a client or
 * without one. An advisor parameter comes before them.
 *
 * @param chain the chain to ask, {@code null} for the model's own
 * @param deadline the time for the whole call, {@code null} for the chain's own
 */
public record CallParams(@Nullable String chain, @Nullable Duration deadline) {

	/** Names the chain to ask, as a String. */
	public static final String CHAIN = "resilience.chain";

	/** Bounds one model call over all its attempts, waits and targets; a {@link Duration}. */
	public static final String DEADLINE = "resilience.deadline";

	/**
	 * Bounds a whole turn of the agent: all model calls and tool calls of the tool loop together; a {@link Duration}.
	 * Read by ChatClient only, since a chat model sees no more than its own call.
	 */
	public static final String TURN_DEADLINE = "resilience.turn-deadline";

	static final CallParams NONE = new CallParams(null, null);

	/**
	 * Reads the parameters.
	 * @throws IllegalArgumentException when a value is of another type or no positive duration
	 */
	static CallParams of(@Nullable Map<String, Object> params) {
		if (params == null || params.isEmpty()) {
			return NONE;
		}
		Object chain = params.get(CHAIN);
		Duration deadline = duration(params, DEADLINE);
		if (chain == null && deadline == null) {
			return NONE;
		}
		if (chain != null && !(chain instanceof String)) {
			throw new IllegalArgumentException(
					CHAIN + " is a " + chain.getClass().getSimpleName() + "; use the name of a chain, a String");
		}
		return new CallParams((String) chain, deadline);
	}

	/** These, and where they leave something open what others say. */
	CallParams orElse(CallParams others) {
		if (this == NONE || others == NONE) {
			return (this == NONE) ? others : this;
		}
		return new CallParams(this.chain != null ? this.chain : others.chain,
				this.deadline != null ? this.deadline : others.deadline);
	}

	static @Nullable Duration duration(Map<String, Object> params, String key) {
		Object value = params.get(key);
		if (value == null) {
			return null;
		}
		if (!(value instanceof Duration duration)) {
			throw new IllegalArgumentException(key + " is a " + value.getClass().getSimpleName()
					+ "; use a java.time.Duration such as Duration.ofSeconds(5)");
		}
		if (duration.isNegative() || duration.isZero()) {
			throw new IllegalArgumentException(key + " is " + duration + "; use a positive duration");
		}
		return duration;
	}

}
