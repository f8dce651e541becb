package io.github.agentresilience.actuate.internal.answer;

import java.util.Locale;

import io.github.agentresilience.chaos.ExperimentReport;
import io.github.agentresilience.chaos.PhaseFigures;
import io.github.agentresilience.chaos.internal.experiment.Experiment;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.actuate.endpoint.OperationResponseBody;

/**
 * An experiment, whether it is running, and what came of it the last time.
 *
 * @param fault the kind of the fault
 * @param target the target that it hits, {@code null} for every target of the layer
 * @param last {@code null} where it has not run yet
 */
@AnswerJson
public record ExperimentAnswer(String name, String fault, String layer, @Nullable String target, long durationMs,
		boolean running, @Nullable Report last) implements OperationResponseBody {

	public static ExperimentAnswer of(Experiment experiment, boolean running, @Nullable ExperimentReport last) {
		return new ExperimentAnswer(experiment.name(), experiment.fault().kind(), experiment.layer().id(),
				experiment.target(), experiment.duration().toMillis(), running,
				(last != null) ? Report.of(last) : null);
	}

	/**
	 * What came of a run.
	 *
	 * @param verdict in lower case and with dashes
	 * @param reason why it did not pass, {@code null} where it did
	 * @param during {@code null} where the fault was not injected
	 * @param after {@code null} where it did not come to that
	 */
	@AnswerJson
	public record Report(String verdict, @Nullable String reason, String startedAt, String endedAt, Phase before,
			@Nullable Phase during, @Nullable Phase after) {

		static Report of(ExperimentReport report) {
			PhaseFigures during = report.during();
			PhaseFigures after = report.after();
			return new Report(report.verdict().name().toLowerCase(Locale.ROOT).replace('_', '-'), report.reason(),
					report.startedAt().toString(), report.endedAt().toString(), Phase.of(report.before()),
					(during != null) ? Phase.of(during) : null, (after != null) ? Phase.of(after) : null);
		}

	}

	/** How the probes of one phase did. */
	@AnswerJson
	public record Phase(int probes, @Nullable Double successRate, @Nullable Double p95Ms,
			@Nullable Double longestOutageMs) {

		static Phase of(PhaseFigures figures) {
			return new Phase(figures.probes(), Rounded.rate(figures.successRate()), Rounded.millis(figures.p95Ms()),
					Rounded.millis(figures.longestOutageMs()));
		}

	}

}
