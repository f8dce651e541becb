package io.github.agentresilience.chain;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

import org.jspecify.annotations.Nullable;

/**
 * What has gone wrong in one call so far, for the exception that it may end in.
 */
final class CallHistory {

	private final List<AttemptReport> attempts = new ArrayList<>(4);

	private final List<SkippedTarget> skipped = new ArrayList<>(2);

	private @Nullable Failure last;

	void failed(Attempt attempt, Failure failure) {
		this.attempts.add(new AttemptReport(attempt.target(), failure.kind(), failure.status(),
				Duration.ofNanos(attempt.durationNanos())));
		this.last = failure;
	}

	void skipped(SkippedTarget skip) {
		this.skipped.add(skip);
	}

	ChainExhaustedException exhausted(Call call, ChainExhaustedException.Why why, @Nullable Duration retryIn) {
		return new ChainExhaustedException(call.layer(), call.chain(), why, this.attempts, this.skipped, retryIn,
				(this.last != null) ? AttemptFailureException.of(this.last) : null);
	}

}
