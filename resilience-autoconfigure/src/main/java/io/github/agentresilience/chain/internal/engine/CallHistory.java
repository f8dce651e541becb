package io.github.agentresilience.chain.internal.engine;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

import io.github.agentresilience.chain.AttemptFailureException;
import io.github.agentresilience.chain.AttemptReport;
import io.github.agentresilience.chain.ChainExhaustedException;
import io.github.agentresilience.chain.Failure;
import io.github.agentresilience.chain.SkippedTarget;
import org.jspecify.annotations.Nullable;

/**
 * What has gone wrong in one call so far, for the exception that it may end in.
 */
final class CallHistory {

	private final List<AttemptReport> attempts = new ArrayList<>(4);

	private final List<SkippedTarget> skipped = new ArrayList<>(2);

	/** Up to here every skip is known. */
	private int skippedRank = -1;

	private @Nullable Failure last;

	void failed(ActiveAttempt<?, ?> attempt, Failure failure) {
		this.attempts.add(new AttemptReport(attempt.target(), failure.kind(), failure.status(), failure.reason(),
				Duration.ofNanos(attempt.durationNanos())));
		this.last = failure;
	}

	/**
	 * A target is passed over.
	 * @param rank where it stands in the order of the call
	 * @return whether that is news
	 */
	boolean skipped(int rank, SkippedTarget skip) {
		if (rank <= this.skippedRank) {
			return false;
		}
		this.skippedRank = rank;
		this.skipped.add(skip);
		return true;
	}

	/** Why the last attempt failed, {@code null} where none did. */
	@Nullable Failure last() {
		return this.last;
	}

	ChainExhaustedException exhausted(ActiveCall call, ChainExhaustedException.Why why, @Nullable Duration retryIn) {
		return new ChainExhaustedException(call.layer(), call.chain(), why, this.attempts, this.skipped, retryIn,
				(this.last != null) ? AttemptFailureException.of(this.last) : null);
	}

}
