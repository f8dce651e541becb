package io.github.agentresilience.chaos;

import org.jspecify.annotations.Nullable;

/**
 * How the probes of one phase of an experiment did.
 *
 * @param probes how many have ended or are overdue
 * @param inFlight how many are neither
 * @param overdue how many of them took longer than a probe may; they count as unanswered
 * @param successRate the share of them that were answered, {@code null} where there are
 * none
 * @param p95Ms of their durations, in milliseconds; one in flight counts with what it has
 * taken so far. {@code null} where none was asked
 * @param longestOutageMs the longest time without an answer after one had failed, in
 * milliseconds; {@code null} where there are none
 */
public record PhaseFigures(int probes, int inFlight, int overdue, @Nullable Double successRate, @Nullable Double p95Ms,
		@Nullable Double longestOutageMs) {

	/** For a log line. */
	@Override
	public String toString() {
		if (this.p95Ms == null) {
			return "no probes";
		}
		if (this.successRate == null) {
			return "%d probes in flight, p95 %.0f ms".formatted(this.inFlight, this.p95Ms);
		}
		String inFlight = (this.inFlight > 0) ? " and %d in flight".formatted(this.inFlight) : "";
		return "%d probes%s, success rate %.3f, p95 %.0f ms, longest outage %.0f ms".formatted(this.probes, inFlight,
				this.successRate, this.p95Ms, this.longestOutageMs);
	}

}
