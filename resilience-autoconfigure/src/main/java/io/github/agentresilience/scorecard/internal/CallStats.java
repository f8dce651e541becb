package io.github.agentresilience.scorecard.internal;

import java.time.Duration;
import java.util.Collection;
import java.util.concurrent.atomic.LongAdder;

import io.github.agentresilience.chain.Attempt;
import io.github.agentresilience.chain.Call;
import io.github.agentresilience.chain.Layer;
import io.github.agentresilience.chain.internal.time.Time;
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

	private final LongAdder unacceptable = new LongAdder();

	private final LongAdder restarts = new LongAdder();

	private final LongAdder overBudget = new LongAdder();

	private final SlidingHistogram durations;

	private final Incidents incidents = new Incidents();

	private final IncidentLog log = new IncidentLog();

	private final IncidentHistory incidentHistory;

	private final LayerHistory history;

	private final Time time;

	CallStats(Layer layer, String chain, Duration window, Time time, History history) {
		this.incidentHistory = history.incidents(layer, chain, this.incidents);
		this.history = history.layer(layer);
		this.time = time;
		this.durations = new SlidingHistogram(window, time);
	}

	void attemptFailed(Attempt attempt) {
		this.incidents.failed(attempt.endNanos());
	}

	void answerNotAccepted() {
		this.unacceptable.increment();
	}

	void streamRestarted() {
		this.restarts.increment();
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
		this.history.answered(call.durationNanos());
		long ended = this.incidents.succeeded(call.endNanos());
		if (ended != Incidents.NONE) {
			this.incidentHistory.ended(ended);
			this.log.ended(call.endNanos() - ended, call.endNanos());
		}
	}

	/** The caller has an answer, but no target is back: an open incident goes on. */
	void degraded(Call call) {
		this.succeeded.increment();
		this.degraded.increment();
		this.durations.record(call.durationNanos());
		this.history.answered(call.durationNanos());
	}

	void failed() {
		this.failed.increment();
		this.history.failed();
	}

	/** What a turn may spend says nothing of how the chain does. */
	void overBudget() {
		this.overBudget.increment();
	}

	void reset() {
		this.succeeded.reset();
		this.failed.reset();
		this.toolErrors.reset();
		this.fallbacks.reset();
		this.degraded.reset();
		this.unacceptable.reset();
		this.restarts.reset();
		this.overBudget.reset();
		this.durations.reset();
		this.incidents.reset();
		this.log.reset();
	}

	private CallCounts counts() {
		return new CallCounts(this.succeeded.sum(), this.failed.sum(), this.toolErrors.sum(), this.fallbacks.sum(),
				this.degraded.sum(), this.unacceptable.sum(), this.restarts.sum(), this.overBudget.sum());
	}

	/** What other instances of a fleet are told. */
	ChainReport report(Layer layer, String chain) {
		Histogram micros = SlidingHistogram.emptyHistogram();
		this.durations.addTo(micros);
		long now = this.time.nanos();
		return new ChainReport(layer, chain, counts(), micros, this.log.spans(now, this.incidents.snapshot()),
				this.log.completeForMicros(now));
	}

	static Summary summarize(Collection<CallStats> all) {
		Histogram durations = SlidingHistogram.emptyHistogram();
		Incidents.Snapshot incidents = Incidents.Snapshot.NONE;
		CallCounts counts = CallCounts.NONE;
		for (CallStats stats : all) {
			stats.durations.addTo(durations);
			incidents = incidents.plus(stats.incidents.snapshot());
			counts = counts.plus(stats.counts());
		}
		return counts.summary(durations, incidents);
	}

}
