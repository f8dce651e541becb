package io.github.agentresilience.chaos;

import java.time.Instant;

import org.jspecify.annotations.Nullable;

/**
 * What came of an experiment. Published as an application event when it ends.
 *
 * @param name the experiment
 * @param verdict what came of it
 * @param reason why it did not pass, {@code null} where it did
 * @param startedAt when it began
 * @param endedAt when it ended
 * @param before the probes before the fault
 * @param during the probes under it, {@code null} where it was not injected
 * @param after the probes after it, {@code null} where it did not come to that
 */
public record ExperimentReport(String name, Verdict verdict, @Nullable String reason, Instant startedAt,
		Instant endedAt, PhaseFigures before, @Nullable PhaseFigures during, @Nullable PhaseFigures after) {

	/** What can come of an experiment. */
	public enum Verdict {

		PASSED,

		/** Something was wrong before the fault, so it was not injected. */
		NOT_STEADY_BEFORE,

		/** Under the fault something did not hold; it was removed at once. */
		VIOLATED,

		/** After the fault it did not hold again. */
		NOT_RECOVERED,

		/** All held, but the fault hit no probe, so nothing has been shown. */
		INCONCLUSIVE,

		/**
		 * It could not be run, or not to its end: the application was stopped or
		 * reloaded, or something is wrong with it.
		 */
		ABORTED

	}

	public boolean passed() {
		return this.verdict == Verdict.PASSED;
	}

}
