package io.github.agentresilience.scorecard.internal;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Function;
import java.util.stream.Stream;

import io.github.agentresilience.chain.Attempt;
import io.github.agentresilience.chain.Failure;
import io.github.agentresilience.chain.FailureKind;
import io.github.agentresilience.chain.SkippedTarget;
import io.github.agentresilience.chain.internal.time.Time;
import io.github.agentresilience.scorecard.internal.ScorecardSnapshot.LastFailure;
import io.github.agentresilience.scorecard.internal.ScorecardSnapshot.TargetSnapshot;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/**
 * Counts the attempts on one target, from whichever chains they come.
 */
final class TargetStats {

	private static final SkippedTarget.Reason[] REASONS = SkippedTarget.Reason.values();

	private static final FailureKind[] KINDS = FailureKind.values();

	private final LongAdder succeeded = new LongAdder();

	private final LongAdder[] failed = adders(KINDS.length);

	private final LongAdder unacceptable = new LongAdder();

	private final LongAdder[] skipped = adders(REASONS.length);

	private final LongAdder served = new LongAdder();

	private final SlidingHistogram durations;

	private final Incidents outages = new Incidents();

	private final Time time;

	private volatile @Nullable LastFailure lastFailure;

	private final LongAdder servedInSlice;

	TargetStats(Duration window, Time time, LongAdder servedInSlice) {
		this.servedInSlice = servedInSlice;
		this.durations = new SlidingHistogram(window, time);
		this.time = time;
	}

	private static LongAdder[] adders(int count) {
		return Stream.generate(LongAdder::new).limit(count).toArray(LongAdder[]::new);
	}

	void attemptSucceeded(Attempt attempt) {
		this.succeeded.increment();
		this.durations.record(attempt.durationNanos());
		this.outages.succeeded(attempt.endNanos());
	}

	void attemptFailed(Attempt attempt, Failure failure) {
		this.failed[failure.kind().ordinal()].increment();
		this.lastFailure = new LastFailure(this.time.now(), failure.kind().id(), failure.reason(), failure.message());
		if (failure.kind() != FailureKind.CALLER) {
			this.outages.failed(attempt.endNanos());
		}
	}

	void answerNotAccepted() {
		this.unacceptable.increment();
	}

	void skipped(SkippedTarget.Reason reason) {
		this.skipped[reason.ordinal()].increment();
	}

	void served() {
		this.served.increment();
		this.servedInSlice.increment();
	}

	void reset() {
		this.succeeded.reset();
		Stream.of(this.failed).forEach(LongAdder::reset);
		this.unacceptable.reset();
		Stream.of(this.skipped).forEach(LongAdder::reset);
		this.served.reset();
		this.durations.reset();
		this.outages.reset();
		this.lastFailure = null;
	}

	/** Those that are not 0. */
	private static <E extends Enum<E>> Map<String, Long> counts(E[] values, Function<E, String> id,
			LongAdder[] adders) {
		Map<String, Long> counts = new LinkedHashMap<>();
		for (E value : values) {
			long count = adders[value.ordinal()].sum();
			if (count > 0) {
				counts.put(id.apply(value), count);
			}
		}
		return counts;
	}

	private static long sum(Map<String, Long> counts) {
		return counts.values().stream().mapToLong(Long::longValue).sum();
	}

	TargetSnapshot snapshot(String breaker, Spending spending) {
		Histogram micros = SlidingHistogram.emptyHistogram();
		this.durations.addTo(micros);
		Incidents.Snapshot outages = this.outages.snapshot();
		Map<String, Long> skippedFor = counts(REASONS, SkippedTarget.Reason::id, this.skipped);
		Map<String, Long> failedByKind = counts(KINDS, FailureKind::id, this.failed);
		long succeeded = this.succeeded.sum();
		long failed = sum(failedByKind);
		long unacceptable = this.unacceptable.sum();
		return new TargetSnapshot(breaker, succeeded + failed + unacceptable, succeeded, failed, unacceptable,
				sum(skippedFor), this.served.sum(), Summary.percentileMs(micros, 50), Summary.percentileMs(micros, 95),
				outages.count(), outages.mttrMs(), this.lastFailure, failedByKind, skippedFor, spending);
	}

}
