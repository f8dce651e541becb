package io.github.agentresilience.whatif.internal;

import java.util.List;

import io.github.agentresilience.chain.Call;
import io.github.agentresilience.chain.FailureKind;
import io.github.agentresilience.whatif.internal.RecordedAttempt.RecordedUsage;
import org.jspecify.annotations.Nullable;

/**
 * What is kept of one call.
 *
 * @param chain the place of its chain in the recording
 * @param startNanos when it began
 * @param durationMicros how long it took
 * @param outcome how it ended
 * @param streaming whether it was a stream
 * @param attempts its attempts, in the order in which they began
 */
public record RecordedCall(int chain, long startNanos, int durationMicros, Call.Outcome outcome, boolean streaming,
		List<RecordedAttempt> attempts) {

	long endNanos() {
		return this.startNanos + this.durationMicros * 1000L;
	}

	/** Whether its caller got an answer from a target. */
	boolean isAnswered() {
		return this.outcome == Call.Outcome.ANSWERED || this.outcome == Call.Outcome.TOOL_ERROR;
	}

	/** Whether it counts: who went away says nothing of how the chain does. */
	boolean counts() {
		return this.outcome != Call.Outcome.CANCELLED;
	}

	/**
	 * The attempt that says what any target makes of this request, {@code null} where
	 * that depends on the target.
	 */
	@Nullable RecordedAttempt refusedBecauseOfRequest() {
		for (RecordedAttempt attempt : this.attempts) {
			boolean request = attempt.failedAs(FailureKind.CALLER) && this.outcome == Call.Outcome.FAILED
					|| attempt.failedAs(FailureKind.TOOL) && this.outcome == Call.Outcome.TOOL_ERROR;
			if (request) {
				return attempt;
			}
		}
		return null;
	}

	/** Which tokens it used, as far as one of its targets said so. */
	@Nullable RecordedUsage usage() {
		for (RecordedAttempt attempt : this.attempts) {
			if (attempt.usage() != null && attempt.isGood()) {
				return attempt.usage();
			}
		}
		return null;
	}

}
