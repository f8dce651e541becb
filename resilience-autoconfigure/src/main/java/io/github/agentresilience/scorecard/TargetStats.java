package io.github.agentresilience.scorecard;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;

import io.github.agentresilience.chain.Attempt;
import io.github.agentresilience.chain.Failure;
import io.github.agentresilience.chain.FailureKind;
import io.github.agentresilience.scorecard.ScorecardSnapshot.LastFailure;
import io.github.agentresilience.scorecard.ScorecardSnapshot.TargetSnapshot;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/**
 * Counts the attempts on one target, from whichever chains they come.
 */
final class TargetStats {

	private final LongAdder succeeded = new LongAdder();

	private final LongAdder failed = new LongAdder();

	private final LongAdder skipped = new LongAdder();

	private final LongAdder served = new LongAdder();

	private final SlidingHistogram durations;

	private final Incidents outages = new Incidents();

	private final Clock clock;

	private volatile @Nullable LastFailure lastFailure;

	private final LongAdder servedInSlice;

	TargetStats(Duration window, LongSupplier nanoTime, Clock clock, LongAdder servedInSlice) {
		this.servedInSlice = servedInSlice;
		this.durations = new SlidingHistogram(window, nanoTime);
		this.clock = clock;
	}

	void attemptSucceeded(Attempt attempt) {
		this.succeeded.increment();
		this.durations.record(attempt.durationNanos());
		this.outages.succeeded(attempt.endNanos());
	}

	void attemptFailed(Attempt attempt, Failure failure) {
		this.failed.increment();
		this.lastFailure = new LastFailure(this.clock.instant(), failure.kind().id(), failure.message());
		if (failure.kind() != FailureKind.CALLER) {
			this.outages.failed(attempt.endNanos());
		}
	}

	void skipped() {
		this.skipped.increment();
	}

	void served() {
		this.served.increment();
		this.servedInSlice.increment();
	}

	void reset() {
		this.succeeded.reset();
		this.failed.reset();
		this.skipped.reset();
		this.served.reset();
		this.durations.reset();
		this.outages.reset();
		this.lastFailure = null;
	}

	TargetSnapshot snapshot(String breaker) {
		Histogram micros = SlidingHistogram.emptyHistogram();
		this.durations.addTo(micros);
		Incidents.Snapshot outages = this.outages.snapshot();
		long succeeded = this.succeeded.sum();
		long failed = this.failed.sum();
		return new TargetSnapshot(breaker, succeeded + failed, succeeded, failed, this.skipped.sum(),
				this.served.sum(), Summary.percentileMs(micros, 50), Summary.percentileMs(micros, 95), outages.count(),
				outages.mttrMs(), this.lastFailure);
	}

}
