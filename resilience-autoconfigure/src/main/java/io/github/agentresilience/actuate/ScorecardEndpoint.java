package io.github.agentresilience.actuate;

import java.time.Duration;
import java.util.Map;

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
@Endpoint(id = "scorecard")
public class ScorecardEndpoint {

	private final Scorecard scorecard;

	private final PageControls controls;

	/**
	 * An endpoint.
	 * @param controls what the page may offer besides looking
	 */
	public ScorecardEndpoint(Scorecard scorecard, PageControls controls) {
		this.scorecard = scorecard;
		this.controls = controls;
	}

	/**
	 * The scorecard now.
	 * @param accepted what the client accepts
	 * @param format {@code html} or {@code json}, stronger than what the client accepts
	 * @param since adds the history of that long, such as {@code 5m}; at most an hour
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
				return new WebEndpointResponse<>(BadRequest.body("since", "must be a duration such as 5m, at most 1h"),
						WebEndpointResponse.STATUS_BAD_REQUEST, ScorecardFormat.JSON.getProducedMimeType());
			}
		}
		Object body;
		if (chosen == ScorecardFormat.HTML) {
			body = ScorecardPage.render(this.controls, json(History.SPAN));
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
		try {
			Duration span = DurationStyle.detectAndParse(text.trim());
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
