package io.github.agentresilience.observation.internal;

import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;

import io.github.agentresilience.chain.Chain;
import io.github.agentresilience.chain.internal.foreign.ForeignCode;
import io.github.agentresilience.chain.internal.guard.GuardedTarget;
import io.github.agentresilience.chain.internal.limit.Limits;
import io.micrometer.core.instrument.FunctionTimer;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import org.jspecify.annotations.Nullable;

/**
 * How the limits of targets stand. A target has the meters of those limits that it has;
 * one that several chains ask has them once.
 */
final class LimitMeters {

	private final MeterRegistry meters;

	private final OwnMeters own;

	private LimitMeters(OwnMeters own) {
		this.meters = own.meters();
		this.own = own;
	}

	/** Registers those of the targets of a chain. */
	static void register(OwnMeters own, Chain chain) {
		LimitMeters ofChain = new LimitMeters(own);
		for (Chain.Link link : chain.targets()) {
			Limits limits = (link instanceof GuardedTarget<?, ?> target) ? target.limits() : null;
			if (limits != null) {
				ofChain.register(limits, Tags.of(ResilienceObservations.LAYER, chain.layer().id(),
						ResilienceObservations.TARGET, link.name()));
			}
		}
	}

	private void register(Limits limits, Tags tags) {
		try {
			if (limits.concurrency() != null) {
				gauge(ResilienceMeters.LIMIT_IN_FLIGHT, limits, Limits::inFlight, tags);
				gauge(ResilienceMeters.LIMIT_CONCURRENCY, limits, (now) -> orUnknown(now, Limits::concurrency), tags);
			}
			gauge(ResilienceMeters.LIMIT_WAITING, limits, Limits::waiting, tags);
			if (limits.policy().requestsPerMinute() > 0 || limits.policy().learn()) {
				gauge(ResilienceMeters.LIMIT_REQUESTS_LEFT, limits, (now) -> orUnknown(now, Limits::requestsLeft),
						tags);
			}
			if (limits.policy().countsTokens()) {
				gauge(ResilienceMeters.LIMIT_TOKENS_LEFT, limits, (now) -> orUnknown(now, Limits::tokensLeft), tags);
			}
			this.own.add(() -> FunctionTimer
				.builder(ResilienceMeters.LIMIT_WAIT, limits, Limits::waits, Limits::waitedNanos, TimeUnit.NANOSECONDS)
				.description(ResilienceMeters.description(ResilienceMeters.LIMIT_WAIT))
				.tags(tags)
				.register(this.meters));
		}
		catch (Throwable ofFilter) {
			ForeignCode.failed(this.meters, ofFilter);
		}
	}

	private void gauge(String name, Limits limits, ToDoubleFunction<Limits> value, Tags tags) {
		this.own.add(() -> Gauge.builder(name, limits, value)
			.description(ResilienceMeters.description(name))
			.tags(tags)
			.register(this.meters));
	}

	private static double orUnknown(Limits limits, Function<Limits, @Nullable Number> value) {
		Number now = value.apply(limits);
		return (now != null) ? now.doubleValue() : Double.NaN;
	}

}
