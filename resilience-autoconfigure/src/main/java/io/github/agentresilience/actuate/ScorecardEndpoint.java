package io.github.agentresilience.actuate;

import java.time.Duration;
import java.util.Map;
import java.util.function.Supplier;

import io.github.agentresilience.scorecard.History;
import io.github.agentresilience.scorecard.Scorecard;
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

	private final Scorecard scorecard;

	private final Supplier<PageControls> controls;

	/**
	 * An endpoint.
	 * @param controls what the page may offer besides looking; asked for each page, because endpoints are known only when
	 * all of them are there
	 */
	public ScorecardEndpoint(Scorecard scorecard, Supplier<PageControls> controls) {
		this.scorecard = scorecard;
		this.controls = controls;
	}

	/**
	 * The scorecard now.
	 * @param accepted what the client accepts
	 * @param format {@code html} or {@code json}, stronger than what the client accepts
	 * @param since adds the history of that long, such as {@code 5m}; at most an hour, and with its unit, because a plain
	 * number would be milliseconds to some and seconds to others
	 */
	@ReadOperation(producesFrom = ScorecardFormat.class)
	public WebEndpointResponse<Object> scorecard(ScorecardFormat accepted, @Nullable String format,
			@Nullable String since) {
		ScorecardFormat chosen = accepted;
		if (format != null) {
			ScorecardFormat named = ScorecardFormat.named(format);
			if (named == null) {
				return new WebEndpointResponse<>(BadRequest.body("format", "must be 'json' or 'html'"),
						WebEndpointResponse.STATUS_BAD_REQUEST, ScorecardFormat.JSON.getProducedMimeType());
			}
			chosen = named;
		}
		Duration span = null;
		if (since != null) {
			span = span(since);
			if (span == null) {
				return new WebEndpointResponse<>(BadRequest.body("since", "must be a duration with its unit such as 5m, at most 1h"),
						WebEndpointResponse.STATUS_BAD_REQUEST, ScorecardFormat.JSON.getProducedMimeType());
			}
		}
		Object body;
		if (chosen == ScorecardFormat.HTML) {
			Map<String, Object> figures = json(null);
			figures.put("history", PackedHistory.of(this.scorecard.history()));
			body = ScorecardPage.render(this.controls.get(), figures);
		}
		else {
			body = json(span);
		}
		return new WebEndpointResponse<>(body, chosen.getProducedMimeType());
	}

	private Map<String, Object> json(@Nullable Duration span) {
		Map<String, Object> json = ScorecardJson.of(this.scorecard.snapshot());
		if (span != null) {
			json.put("history", HistoryJson.of(this.scorecard.history(), span));
		}
		return json;
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
