package io.github.agentresilience.scorecard.internal;

import java.time.Instant;
import java.util.List;
import java.util.Map;

import io.github.agentresilience.chain.Layer;
import org.jspecify.annotations.Nullable;

/**
 * The scorecard at one moment.
 *
 * @param since when counting began
 * @param overall both layers together
 * @param layers each layer
 */
public record ScorecardSnapshot(Instant since, Summary overall, Map<Layer, LayerFigures> layers) {

	/** One layer: all of it, each chain, each target. */
	public record LayerFigures(Summary summary, Map<String, Chain> chains, Map<String, TargetSnapshot> targets) {

		/** What all its chains spent. */
		public Spending spending() {
			return this.chains.values().stream().map(Chain::spending).reduce(Spending.NONE, Spending::plus);
		}

	}

	/**
	 * One chain.
	 *
	 * @param targets its targets, in order
	 * @param available whether a call made now would find a target that it may ask
	 * @param spending tokens and their cost
	 */
	public record Chain(Summary summary, List<String> targets, boolean available, Spending spending) {
	}

	/**
	 * The figures of one target. Durations are milliseconds.
	 *
	 * @param breaker the state of its breaker
	 * @param unacceptable answers that were not accepted, which are no failures
	 * @param skipped calls that passed over it without asking
	 * @param served calls whose answer it gave
	 * @param outages how often it failed after it had last succeeded
	 * @param failedByKind failed attempts by the kind of their failure, without the kinds
	 * that there were none of
	 * @param skippedFor those that passed over it by their reason, without the reasons
	 * that there were none for
	 * @param spending tokens and their cost, in all chains
	 */
	public record TargetSnapshot(String breaker, long attempts, long succeeded, long failed, long unacceptable,
			long skipped, long served, @Nullable Double p50Ms, @Nullable Double p95Ms, long outages,
			@Nullable Double mttrMs, @Nullable LastFailure lastFailure, Map<String, Long> failedByKind,
			Map<String, Long> skippedFor, Spending spending) {
	}

	/**
	 * The latest failed attempt.
	 *
	 * @param reason what is behind it in the field's terms, such as {@code quota};
	 * {@code null} where the message says it all
	 */
	public record LastFailure(Instant at, String kind, @Nullable String reason, String message) {
	}

}
