package io.github.agentresilience.scorecard.internal;

import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/**
 * The figures of a chain, a layer, or everything. Durations are milliseconds and rates 0
 * to 1; what cannot be said yet is {@code null}.
 *
 * @param calls answered and failed
 * @param succeeded calls that got an answer
 * @param failed calls that got an exception
 * @param toolErrors answered calls whose answer is that the tool failed
 * @param fallbacks answered calls that another target than the chain's first served
 * @param degraded answered calls that no target served but the chain's last resort
 * @param unacceptable answers that were not accepted, whether or not another target had a
 * better one
 * @param restarts streams that broke and were begun anew
 * @param overBudget calls that the budget of their turn did not pay for, which are
 * neither answered nor failed
 * @param incidents how often something failed while nothing else was failing
 * @param openIncident whether no call has been answered since something failed
 * @param mttrMs the mean length of the incidents that have ended
 */
public record Summary(long calls, long succeeded, long failed, @Nullable Double successRate, long toolErrors,
		long fallbacks, @Nullable Double fallbackRate, long degraded, long unacceptable, long restarts, long overBudget,
		@Nullable Double p50Ms, @Nullable Double p95Ms, @Nullable Double p99Ms, long incidents, boolean openIncident,
		@Nullable Double mttrMs) {

	static @Nullable Double percentileMs(Histogram micros, double percentile) {
		return micros.getTotalCount() == 0 ? null : micros.getValueAtPercentile(percentile) / 1000.0;
	}

	static @Nullable Double rate(long part, long whole) {
		return whole == 0 ? null : (double) part / whole;
	}

}
