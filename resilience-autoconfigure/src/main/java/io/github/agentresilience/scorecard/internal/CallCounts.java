package io.github.agentresilience.scorecard.internal;

import org.HdrHistogram.Histogram;

/**
 * How many calls there were, and of which kind.
 */
public record CallCounts(long succeeded, long failed, long toolErrors, long fallbacks, long degraded, long unacceptable,
		long restarts, long overBudget) {

	static final CallCounts NONE = new CallCounts(0, 0, 0, 0, 0, 0, 0, 0);

	CallCounts plus(CallCounts other) {
		return new CallCounts(this.succeeded + other.succeeded, this.failed + other.failed,
				this.toolErrors + other.toolErrors, this.fallbacks + other.fallbacks, this.degraded + other.degraded,
				this.unacceptable + other.unacceptable, this.restarts + other.restarts,
				this.overBudget + other.overBudget);
	}

	Summary summary(Histogram micros, Incidents.Snapshot incidents) {
		return new Summary(this.succeeded + this.failed, this.succeeded, this.failed,
				Summary.rate(this.succeeded, this.succeeded + this.failed), this.toolErrors, this.fallbacks,
				Summary.rate(this.fallbacks, this.succeeded), this.degraded, this.unacceptable, this.restarts,
				this.overBudget, Summary.percentileMs(micros, 50), Summary.percentileMs(micros, 95),
				Summary.percentileMs(micros, 99), incidents.count(), incidents.isOpen(), incidents.mttrMs());
	}

}
