package io.github.agentresilience.whatif.internal;

import io.github.agentresilience.chain.Attempt;
import io.github.agentresilience.chain.FailureKind;
import org.jspecify.annotations.Nullable;

/**
 * What is kept of one attempt: when it was, how long it took and how it ended; nothing of
 * what was asked or answered.
 *
 * @param chain the place of its chain in the recording
 * @param target where its target stands in the chain
 * @param startNanos when the target was asked
 * @param durationMicros how long that took
 * @param responseMicros the time to the first chunk of a stream, else the duration
 * @param outcome how it ended, as it stood then
 * @param failure {@code null} where it did not fail
 * @param usage {@code null} where the target did not say which tokens it used
 */
public record RecordedAttempt(int chain, int target, long startNanos, int durationMicros, int responseMicros,
		Attempt.Outcome outcome, @Nullable RecordedFailure failure, @Nullable RecordedUsage usage) {

	long endNanos() {
		return this.startNanos + this.durationMicros * 1000L;
	}

	boolean isGood() {
		return this.outcome == Attempt.Outcome.SUCCESS;
	}

	/** Whether it was cancelled before anybody knew how it would end. */
	boolean isCutShort() {
		return this.outcome == Attempt.Outcome.SUPERSEDED || this.outcome == Attempt.Outcome.CANCELLED;
	}

	boolean failedAs(FailureKind kind) {
		return this.failure != null && this.failure.kind() == kind;
	}

	/** The same attempt with a good answer after as long. */
	RecordedAttempt answeredLike(long micros, long response) {
		int whole = (int) Math.min(Integer.MAX_VALUE, micros);
		return new RecordedAttempt(this.chain, this.target, this.startNanos, whole,
				(int) Math.min(whole, Math.max(this.responseMicros, response)), Attempt.Outcome.SUCCESS, null,
				this.usage);
	}

	/**
	 * How it failed.
	 *
	 * @param status 0 for none
	 * @param retryAfterMillis 0 where none was asked for
	 * @param counts whether it speaks against the target's health
	 * @param unclear whether it may be the target's as well as the caller's
	 */
	record RecordedFailure(FailureKind kind, int status, int retryAfterMillis, boolean counts, boolean unclear) {
	}

	/** Which tokens were used. */
	record RecordedUsage(int input, int output) {
	}

}
