package io.github.agentresilience.chaos.internal.experiment;

import java.time.Duration;

import io.github.agentresilience.chaos.PhaseFigures;
import org.jspecify.annotations.Nullable;

/**
 * What must hold of the probes of an experiment; what is {@code null} is not looked at.
 * Where not one probe was answered, nothing holds.
 *
 * @param successRate the least share of probes that are answered, 0 to 1
 * @param p95 the longest that 95 % of them may take
 * @param mttr the longest that they may go unanswered
 */
public record SteadyState(@Nullable Double successRate, @Nullable Duration p95, @Nullable Duration mttr) {

	/** While probes go on, fewer than this prove nothing of rates and percentiles. */
	static final int FEWEST = 10;

	/**
	 * Compares figures with what must hold.
	 * @param figures of the probes so far
	 * @param complete whether there will be no more: then those that there are have to
	 * do, however few
	 * @return what is violated, in words, or {@code null}
	 */
	@Nullable String violatedBy(PhaseFigures figures, boolean complete) {
		if (this.mttr != null && figures.longestOutageMs() != null
				&& figures.longestOutageMs() > this.mttr.toMillis()) {
			return "probes went unanswered for %.0f ms, more than %d ms".formatted(figures.longestOutageMs(),
					this.mttr.toMillis());
		}
		if (this.successRate != null && figures.successRate() != null && (complete || figures.probes() >= FEWEST)
				&& figures.successRate() < this.successRate) {
			return "success rate %.3f is less than %.3f".formatted(figures.successRate(), this.successRate);
		}
		if (this.p95 != null && figures.p95Ms() != null && (complete || figures.probes() + figures.inFlight() >= FEWEST)
				&& figures.p95Ms() > this.p95.toMillis()) {
			return "p95 of %.0f ms is more than %d ms".formatted(figures.p95Ms(), this.p95.toMillis());
		}
		if (complete && (figures.successRate() == null || figures.successRate() == 0)) {
			return "none of %d probes was answered".formatted(figures.probes());
		}
		return null;
	}

}
