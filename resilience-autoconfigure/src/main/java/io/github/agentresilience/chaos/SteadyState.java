package io.github.agentresilience.chaos;

import java.time.Duration;

import org.jspecify.annotations.Nullable;

/**
 * What must hold of the probes of an experiment; what is {@code null} is not looked at.
 *
 * @param successRate the least share of probes that are answered, 0 to 1
 * @param p95 the longest that 95 % of them may take
 * @param mttr the longest that they may go unanswered
 */
public record SteadyState(@Nullable Double successRate, @Nullable Duration p95, @Nullable Duration mttr) {

	/** Fewer probes than this prove nothing of rates and percentiles. */
	static final int FEWEST = 10;

	/**
	 * Compares figures with what must hold.
	 * @return what is violated, in words, or {@code null}
	 */
	@Nullable String violatedBy(PhaseFigures figures) {
		if (this.mttr != null && figures.longestOutageMs() > this.mttr.toMillis()) {
			return "probes went unanswered for %.0f ms, more than %d ms".formatted(figures.longestOutageMs(),
					this.mttr.toMillis());
		}
		if (this.successRate != null && figures.probes() >= FEWEST && figures.successRate() < this.successRate) {
			return "success rate %.3f is less than %.3f".formatted(figures.successRate(), this.successRate);
		}
		if (this.p95 != null && figures.probes() + figures.inFlight() >= FEWEST && figures.p95Ms() > this.p95.toMillis()) {
			return "p95 of %.0f ms is more than %d ms".formatted(figures.p95Ms(), this.p95.toMillis());
		}
		return null;
	}

}
