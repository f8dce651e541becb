package io.github.agentresilience.scorecard;

import java.time.Instant;
import java.util.List;
import java.util.Map;

import io.github.agentresilience.chain.Layer;
import org.jspecify.annotations.Nullable;

/**
 * The scorecard at one moment.
 *
 * @param since when counting began
 * @param overall both legs together
 * @param legs each leg
 */
public record ScorecardSnapshot(Instant since, Summary overall, Map<Layer, Leg> legs) {

	/** One leg: all of it, each chain, each target. */
	public record Leg(Summary summary, Map<String, Chain> chains, Map<String, TargetSnapshot> targets) {
	}

	/**
	 * One chain.
	 *
	 * @param targets its targets, in order
	 * @param available whether a call made now would find a target that it may ask
	 */
	public record Chain(Summary summary, List<String> targets, boolean available) {
	}

	/**
	 * The figures of one target. Durations are milliseconds.
	 *
	 * @param breaker the state of its breaker
	 * @param skipped calls that passed over it without asking
	 * @param served calls whose answer it gave
	 * @param outages how often it failed after it had last succeeded
	 */
	public record TargetSnapshot(String breaker, long attempts, long succeeded, long failed, long skipped, long served,
			@Nullable Double p50Ms, @Nullable Double p95Ms, long outages, @Nullable Double mttrMs,
			@Nullable LastFailure lastFailure) {
	}

	/** The latest failed attempt. */
	public record LastFailure(Instant at, String kind, String message) {
	}

}
