package io.github.agentresilience.scorecard;

import java.time.Duration;
import java.util.Collection;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;
import java.util.function.ToLongFunction;

import io.github.agentresilience.chain.Attempt;
import io.github.agentresilience.chain.Call;
import io.github.agentresilience.chain.Layer;
import org.HdrHistogram.Histogram;

/**
 * Counts the calls of one chain.
 */
final class CallStats {

	private final LongAdder succeeded = new LongAdder();

	private final LongAdder failed = new LongAdder();

	private final LongAdder toolErrors = new LongAdder();

	private final LongAdder fallbacks = new LongAdder();

	private final LongAdder degraded = new LongAdder();

	private final SlidingHistogram durations;

	private final Incidents incidents = new Incidents();

	private final IncidentHistory incidentHistory;

	private final LegHistory leg;

	CallStats(Layer layer, String chain, Duration window, LongSupplier nanoTime, History history) {
		this.incidentHistory = history.incidents(layer, chain, this.incidents);
		this.leg = history.leg(layer);
		this.durations = new SlidingHistogram(window, nanoTime);
	}

	void attemptFailed(Attempt attempt) {
		this.incidents.failed(attempt.endNanos());
	}

	void answered(Call call) {
		this.succeeded.increment();
		if (call.outcome() == Call.Outcome.TOOL_ERROR) {
			this.toolErrors.increment();
		}
		Attempt served = call.served();
		if (served != null && served.isFallback()) {
			this.fallbacks.increment();
		}
		this.durations.record(call.durationNanos());
		this.leg.answered(call.durationNanos());
		long ended = this.incidents.succeeded(call.endNanos());
		if (ended != Incidents.NONE) {
			this.incidentHistory.ended(ended);
		}
	}

	/** The caller has an answer, but no target is back: an open incident goes on. */
	void degraded(Call call) {
		this.succeeded.increment();
		this.degraded.increment();
		this.durations.record(call.durationNanos());
		this.leg.answered(call.durationNanos());
	}

	void failed() {
		this.failed.increment();
		this.leg.failed();
	}

	void reset() {
		this.succeeded.reset();
		this.failed.reset();
		this.toolErrors.reset();
		this.fallbacks.reset();
		this.degraded.reset();
		this.durations.reset();
		this.incidents.reset();
	}

	static Summary summarize(Collection<CallStats> all) {
		Histogram durations = SlidingHistogram.emptyHistogram();
		Incidents.Snapshot incidents = Incidents.Snapshot.NONE;
		for (CallStats stats : all) {
			stats.durations.addTo(durations);
			incidents = incidents.plus(stats.incidents.snapshot());
		}
		long succeeded = sum(all, (stats) -> stats.succeeded.sum());
		long failed = sum(all, (stats) -> stats.failed.sum());
		long fallbacks = sum(all, (stats) -> stats.fallbacks.sum());
		return new Summary(succeeded + failed, succeeded, failed, Summary.rate(succeeded, succeeded + failed),
				sum(all, (stats) -> stats.toolErrors.sum()), fallbacks, Summary.rate(fallbacks, succeeded),
				sum(all, (stats) -> stats.degraded.sum()),
				Summary.percentileMs(durations, 50), Summary.percentileMs(durations, 95),
				Summary.percentileMs(durations, 99), incidents.count(), incidents.isOpen(), incidents.mttrMs());
	}

	private static long sum(Collection<CallStats> all, ToLongFunction<CallStats> figure) {
		return all.stream().mapToLong(figure).sum();
	}

}
