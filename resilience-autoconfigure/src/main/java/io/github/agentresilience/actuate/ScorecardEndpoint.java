package io.github.agentresilience.actuate;

import io.github.agentresilience.scorecard.Scorecard;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.actuate.endpoint.annotation.DeleteOperation;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.actuate.endpoint.annotation.ReadOperation;
import org.springframework.boot.actuate.endpoint.web.WebEndpointResponse;

/**
 * Serves the scorecard, as JSON or as a page, and resets it.
 */
@Endpoint(id = "scorecard")
public class ScorecardEndpoint {

	private final Scorecard scorecard;

	public ScorecardEndpoint(Scorecard scorecard) {
		this.scorecard = scorecard;
	}

	/**
	 * The scorecard now.
	 * @param accepted what the client accepts
	 * @param format {@code html} or {@code json}, stronger than what the client accepts
	 */
	@ReadOperation(producesFrom = ScorecardFormat.class)
	public WebEndpointResponse<Object> scorecard(ScorecardFormat accepted, @Nullable String format) {
		ScorecardFormat chosen = accepted;
		if (format != null) {
			ScorecardFormat named = ScorecardFormat.named(format);
			if (named == null) {
				return new WebEndpointResponse<>(BadRequest.body("format", "must be 'json' or 'html'"),
						WebEndpointResponse.STATUS_BAD_REQUEST, ScorecardFormat.JSON.getProducedMimeType());
			}
			chosen = named;
		}
		Object body = (chosen == ScorecardFormat.HTML) ? ScorecardPage.render(this.scorecard.snapshot())
				: ScorecardJson.of(this.scorecard.snapshot());
		return new WebEndpointResponse<>(body, chosen.getProducedMimeType());
	}

	/** Counts from zero again. */
	@DeleteOperation
	public void reset() {
		this.scorecard.reset();
	}

}
