package io.github.agentresilience.chain.internal.policy;

import java.time.Duration;

import io.github.agentresilience.chain.internal.time.Nanos;

/**
 * How often one target is asked within a call, and how long is waited in between.
 *
 * @param maxAttempts attempts on the target, the first included
 * @param initialBackoff the wait before the first retry
 * @param multiplier what each further wait is multiplied by
 * @param maxBackoff the longest wait
 * @param jitter share of each wait that is random, 0 to 1
 * @param maxRetryAfter a target's Retry-After up to this is waited for; a longer one
 * sends the call on at once
 */
public record RetryPolicy(int maxAttempts, Duration initialBackoff, double multiplier, Duration maxBackoff,
		double jitter, Duration maxRetryAfter) {

	public static final RetryPolicy DEFAULT = new RetryPolicy(Defaults.MAX_ATTEMPTS, Defaults.INITIAL_BACKOFF,
			Defaults.MULTIPLIER, Defaults.MAX_BACKOFF, Defaults.JITTER, Defaults.MAX_RETRY_AFTER);

	/**
	 * The wait before a retry.
	 * @param failedAttempts attempts on the target so far, at least 1
	 * @param random a number from 0 (inclusive) to 1
	 * @return nanoseconds, between {@code (1 - jitter)} of the full backoff and all of it
	 */
	public long backoffNanos(int failedAttempts, double random) {
		double full = Math.min(Nanos.of(this.maxBackoff),
				Nanos.of(this.initialBackoff) * Math.pow(this.multiplier, failedAttempts - 1));
		return (long) (full * (1 - this.jitter) + full * this.jitter * random);
	}

}
