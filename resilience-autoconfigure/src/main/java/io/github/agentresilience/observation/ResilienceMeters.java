package io.github.agentresilience.observation;

import java.time.Duration;

import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.config.MeterFilter;
import io.micrometer.core.instrument.distribution.DistributionStatisticConfig;

/**
 * Names of meters, and the buckets of the timers: from a cached answer to the longest completion, few enough to be
 * cheap and the same everywhere, so that percentiles of many instances can be had from their sum.
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

	/** Times in which something of a chain failed and nobody had been answered since. */
	public static final String INCIDENTS = "resilience.incidents";

	/** Why a target was passed over. */
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
			default -> "Incidents";
		};
	}

	/** Gives the timers of calls and attempts their buckets; what an application configures for them wins. */
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
