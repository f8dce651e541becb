package io.github.agentresilience.chaos.internal.experiment;

import java.util.Collection;

import io.github.agentresilience.chaos.PhaseFigures;
import org.HdrHistogram.Histogram;

/**
 * Counts the probes of one phase. It takes the same space and time however many there
 * are, so that looking at it never keeps a fault from being removed.
 */
final class ProbeTally {

	static final PhaseFigures NO_PROBES = new PhaseFigures(0, 0, 0, null, null, null);

	private static final long LONGEST_MICROS = 3_600_000_000L;

	private static final int SIGNIFICANT_DIGITS = 3;

	private static final long NONE = Long.MIN_VALUE;

	private final Histogram durations = new Histogram(LONGEST_MICROS, SIGNIFICANT_DIGITS);

	private final Histogram withInFlight = new Histogram(LONGEST_MICROS, SIGNIFICANT_DIGITS);

	private int ended;

	private int succeeded;

	private int overdue;

	private long lastAnswer = NONE;

	private long failingSince = NONE;

	private long longestOutage;

	synchronized void answered(long askedAt, long now) {
		count(this.durations, now - askedAt);
		this.ended++;
		this.succeeded++;
		if (this.failingSince != NONE) {
			this.longestOutage = Math.max(this.longestOutage, now - this.failingSince);
			this.failingSince = NONE;
		}
		this.lastAnswer = now;
	}

	synchronized void failed(long askedAt, long now) {
		count(this.durations, now - askedAt);
		this.ended++;
		failingSince(now);
	}

	/**
	 * Nothing has been heard of it, so silence began when it was asked, or after the last
	 * answer to another one.
	 */
	synchronized void overdue(long askedAt, long now) {
		count(this.durations, now - askedAt);
		this.ended++;
		this.overdue++;
		failingSince((this.lastAnswer == NONE || this.lastAnswer - askedAt < 0) ? askedAt : this.lastAnswer);
	}

	private void failingSince(long nanos) {
		if (this.failingSince == NONE) {
			this.failingSince = nanos;
		}
	}

	/** The figures now, with those in flight by the times at which they were asked. */
	synchronized PhaseFigures figures(Collection<Long> inFlight, long now) {
		if (this.ended + inFlight.size() == 0) {
			return NO_PROBES;
		}
		this.withInFlight.reset();
		this.withInFlight.add(this.durations);
		inFlight.forEach((askedAt) -> count(this.withInFlight, now - askedAt));
		double p95 = this.withInFlight.getValueAtPercentile(95) / 1e3;
		if (this.ended == 0) {
			return new PhaseFigures(0, inFlight.size(), 0, null, p95, null);
		}
		long outage = Math.max(this.longestOutage, (this.failingSince == NONE) ? 0 : now - this.failingSince);
		return new PhaseFigures(this.ended, inFlight.size(), this.overdue, (double) this.succeeded / this.ended, p95,
				outage / 1e6);
	}

	private static void count(Histogram histogram, long nanos) {
		histogram.recordValue(Math.min(LONGEST_MICROS, Math.max(0, nanos / 1_000)));
	}

}
