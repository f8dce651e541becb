package io.github.agentresilience.actuate.internal;

import java.time.Duration;
import java.util.List;
import java.util.function.Supplier;

import io.github.agentresilience.actuate.internal.answer.HistoryAnswer;
import io.github.agentresilience.actuate.internal.answer.HistoryBody;
import io.github.agentresilience.actuate.internal.answer.HourFigures;
import io.github.agentresilience.actuate.internal.answer.PackedHistoryAnswer;
import io.github.agentresilience.actuate.internal.answer.ProblemAnswer;
import io.github.agentresilience.actuate.internal.answer.ScorecardAnswer;
import io.github.agentresilience.scorecard.internal.History;
import io.github.agentresilience.scorecard.internal.Scorecard;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.actuate.endpoint.annotation.DeleteOperation;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.actuate.endpoint.annotation.ReadOperation;
import org.springframework.boot.actuate.endpoint.web.WebEndpointResponse;
import org.springframework.boot.convert.DurationStyle;

/**
 * Serves the scorecard, as JSON or as a page, and resets it.
 */
@Endpoint(id = ScorecardEndpoint.ID)
public class ScorecardEndpoint {

	static final String ID = "scorecard";

	/** From 1 to {@link Scorecard#HOURS_OF_SPENDING}. */
	private static final String HOURS = "[1-9]|1\\d|2[0-4]";

	private final Scorecard scorecard;

	private final Supplier<TargetSetup> setup;

	private final Supplier<PageControls> controls;

	private final Supplier<@Nullable FleetScores> fleet;

	/**
	 * An endpoint.
	 * @param setup what is shown of targets besides the scorecard; asked each time
	 * @param controls what the page may offer besides looking; asked for each page,
	 * because endpoints are known only when all of them are there
	 * @param fleet the scorecards of all instances, where there is a fleet
	 */
	public ScorecardEndpoint(Scorecard scorecard, Supplier<TargetSetup> setup, Supplier<PageControls> controls,
			Supplier<@Nullable FleetScores> fleet) {
		this.scorecard = scorecard;
		this.setup = setup;
		this.controls = controls;
		this.fleet = fleet;
	}

	/**
	 * The scorecard now.
	 * @param accepted what the client accepts
	 * @param format {@code html} or {@code json}, stronger than what the client accepts
	 * @param since adds the history of that long, such as {@code 5m}; at most an hour,
	 * and with its unit, because a plain number would be milliseconds to some and seconds
	 * to others
	 * @param scope {@code instance}, or {@code fleet} for all instances together; the
	 * page shows both
	 * @param hours adds what was spent in each of so many hours, the present one included
	 */
	@ReadOperation(producesFrom = ScorecardFormat.class)
	public WebEndpointResponse<Object> scorecard(ScorecardFormat accepted, @Nullable String format,
			@Nullable String since, @Nullable String hours, @Nullable String scope) {
		ScorecardFormat chosen = accepted;
		if (format != null) {
			ScorecardFormat named = ScorecardFormat.named(format);
			if (named == null) {
				return refused("format", "must be 'json' or 'html'");
			}
			chosen = named;
		}
		Duration span = null;
		if (since != null) {
			span = span(since);
			if (span == null) {
				return refused("since", "must be a duration with its unit such as 5m, at most 1h");
			}
		}
		if (hours != null && !hours.matches(HOURS)) {
			return refused("hours", "must be a number of hours, at most " + Scorecard.HOURS_OF_SPENDING);
		}
		FleetScores all = this.fleet.get();
		if (scope != null && !scope.equals("instance") && !scope.equals("fleet")) {
			return refused("scope", "must be 'instance' or 'fleet'");
		}
		boolean ofFleet = "fleet".equals(scope);
		if (ofFleet && all == null) {
			return refused("scope", "this application is not part of a fleet");
		}
		Object body;
		if (chosen == ScorecardFormat.HTML) {
			body = ScorecardPage.render(this.controls.get(),
					card(PackedHistoryAnswer.of(this.scorecard.history()), null), all != null);
		}
		else if (ofFleet && all != null) {
			body = all.now();
		}
		else {
			body = card((span != null) ? HistoryAnswer.of(this.scorecard.history(), span) : null,
					(hours != null) ? hours(Integer.parseInt(hours)) : null);
		}
		return new WebEndpointResponse<>(body, chosen.getProducedMimeType());
	}

	private ScorecardAnswer card(@Nullable HistoryBody history, @Nullable List<HourFigures> hours) {
		TargetSetup now = this.setup.get();
		return ScorecardAnswer.of(this.scorecard.snapshot(), now.models(), now.queues(), now.limits(), history, hours);
	}

	private List<HourFigures> hours(int count) {
		return this.scorecard.spendingByHour(count).stream().map(HourFigures::of).toList();
	}

	private static WebEndpointResponse<Object> refused(String field, String problem) {
		return new WebEndpointResponse<>(ProblemAnswer.of(field, problem), WebEndpointResponse.STATUS_BAD_REQUEST,
				ScorecardFormat.JSON.getProducedMimeType());
	}

	private static @Nullable Duration span(String text) {
		String trimmed = text.trim();
		if (trimmed.matches("[+-]?\\d+")) {
			return null;
		}
		try {
			Duration span = DurationStyle.detectAndParse(trimmed);
			return (span.isNegative() || span.isZero() || span.compareTo(History.SPAN) > 0) ? null : span;
		}
		catch (IllegalArgumentException | ArithmeticException ex) {
			return null;
		}
	}

	/** Counts from zero again. */
	@DeleteOperation
	public void reset() {
		this.scorecard.reset();
	}

}
