package io.github.agentresilience.observation.internal;

import java.time.Duration;

import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.config.MeterFilter;
import io.micrometer.core.instrument.distribution.DistributionStatisticConfig;

/**
 * Names of meters, and the buckets of the timers: from a cached answer to the longest
 * completion, few enough to be cheap and the same everywhere, so that percentiles of many
 * instances can be had from their sum.
 */
public final class ResilienceMeters {

	/** Answered calls that another target than the first served. */
	public static final String FALLBACKS = "resilience.fallbacks";

	/** Attempts on a target after the first of a call. */
	public static final String RETRIES = "resilience.retries";

	/** Attempts made because another was slow. */
	public static final String HEDGES = "resilience.hedges";

	/** Targets passed over without being asked. */
	public static final String SKIPS = "resilience.skips";

	/** Answers that were not accepted. */
	public static final String UNACCEPTABLE = "resilience.unacceptable";

	/** Tokens that attempts used. */
	public static final String TOKENS = "resilience.tokens";

	/** What those of targets with a price cost. */
	public static final String COST = "resilience.cost";

	/** Attempts that may have used tokens, of which is not known how many. */
	public static final String UNKNOWN_USAGE = "resilience.usage.unknown";

	/** Whether tokens are those of the request or of the answer. */
	public static final String TYPE = "type";

	/** What tokens were spent on. */
	public static final String PURPOSE = "purpose";

	/** Streams that broke and were begun anew. */
	public static final String RESTARTS = "resilience.stream.restarts";

	/** Incidents: from a chain's first failed attempt to its next answer. */
	public static final String INCIDENTS = "resilience.incidents";

	/** Turns that exhausted their budget. */
	public static final String BUDGETS_EXHAUSTED = "resilience.turn.budget.exhausted";

	/** Attempts under way at a target whose attempts at once are limited. */
	public static final String LIMIT_IN_FLIGHT = "resilience.limit.in.flight";

	/** How many of them there may be. */
	public static final String LIMIT_CONCURRENCY = "resilience.limit.concurrency";

	/** Calls that wait for a target that is over its limits. */
	public static final String LIMIT_WAITING = "resilience.limit.waiting";

	/** Requests that are left of a minute. */
	public static final String LIMIT_REQUESTS_LEFT = "resilience.limit.requests.left";

	/** Tokens that are left of a minute. */
	public static final String LIMIT_TOKENS_LEFT = "resilience.limit.tokens.left";

	/** How long calls have waited for a target that then had room for them. */
	public static final String LIMIT_WAIT = "resilience.limit.wait";

	/** The limit of a turn's budget that was reached. */
	public static final String WHAT = "what";

	/** Why a target was passed over, or an answer not accepted. */
	public static final String REASON = "reason";

	private static final double[] BUCKETS = { nanos(25), nanos(50), nanos(100), nanos(250), nanos(500), nanos(1_000),
			nanos(2_500), nanos(5_000), nanos(10_000), nanos(20_000), nanos(30_000), nanos(60_000), nanos(120_000) };

	private ResilienceMeters() {
	}

	private static double nanos(long millis) {
		return Duration.ofMillis(millis).toNanos();
	}

	static String description(String name) {
		return switch (name) {
			case FALLBACKS -> "Answered calls that another target than the first served";
			case RETRIES -> "Attempts on a target after the first of a call";
			case HEDGES -> "Attempts made because another was slow";
			case SKIPS -> "Targets passed over without being asked";
			case UNACCEPTABLE -> "Answers that were not accepted";
			case RESTARTS -> "Streams that broke and were begun anew";
			case TOKENS -> "Tokens that attempts used";
			case COST -> "What the tokens of targets with a price cost";
			case UNKNOWN_USAGE -> "Attempts that may have used tokens, of which is not known how many";
			case BUDGETS_EXHAUSTED -> "Turns that exhausted their budget";
			case LIMIT_IN_FLIGHT -> "Attempts under way at a target whose attempts at once are limited";
			case LIMIT_CONCURRENCY -> "Attempts that may be under way at a target at once";
			case LIMIT_WAITING -> "Calls that wait for a target that is over its limits";
			case LIMIT_REQUESTS_LEFT -> "Requests that are left of a minute";
			case LIMIT_TOKENS_LEFT -> "Tokens that are left of a minute";
			case LIMIT_WAIT -> "How long calls have waited for a target that then had room for them";
			default -> "Incidents";
		};
	}

	/**
	 * Gives the timers of calls and attempts their buckets; what an application
	 * configures for them wins.
	 */
	public static MeterFilter buckets() {
		return new MeterFilter() {

			@Override
			public DistributionStatisticConfig configure(Meter.Id id, DistributionStatisticConfig config) {
				if (id.getType() != Meter.Type.TIMER || !(id.getName().equals(ResilienceObservations.CALL)
						|| id.getName().equals(ResilienceObservations.ATTEMPT))) {
					return config;
				}
				return config.merge(DistributionStatisticConfig.builder().serviceLevelObjectives(BUCKETS).build());
			}

		};
	}

}
