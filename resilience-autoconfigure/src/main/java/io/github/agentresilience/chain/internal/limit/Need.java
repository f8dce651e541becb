package io.github.agentresilience.chain.internal.limit;

import io.github.agentresilience.chain.internal.wire.RateLimitHeaders;

/**
 * What one attempt needs of its target, as far as that is known beforehand.
 *
 * @param tokens all that it takes
 * @param input those of the request
 * @param output those of the answer
 * @param whole whether the call, or the target, says how long the answer may be
 */
public record Need(long tokens, long input, long output, boolean whole) {

	/** Where nobody counts, or nothing is known. */
	static final Need UNKNOWN = new Need(0, 0, 0, false);

	/** What it takes of one of the limits that a target tells of. */
	long of(RateLimitHeaders.Of limited) {
		return switch (limited) {
			case REQUESTS -> 1;
			case TOKENS -> this.tokens;
			case INPUT -> this.input;
			case OUTPUT -> this.output;
		};
	}

}
