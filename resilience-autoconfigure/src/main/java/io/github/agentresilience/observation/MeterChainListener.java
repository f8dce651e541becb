package io.github.agentresilience.observation;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;

import io.github.agentresilience.chain.Attempt;
import io.github.agentresilience.chain.Call;
import io.github.agentresilience.chain.CallObserver;
import io.github.agentresilience.chain.ChainListener;
import io.github.agentresilience.chain.Failure;
import io.github.agentresilience.chain.FailureKind;
import io.github.agentresilience.chain.GuardedTarget;
import io.github.agentresilience.chain.SkippedTarget;
import io.github.agentresilience.chain.TargetChain;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;

/**
 * Counts what happens besides plain calls; probes of experiments are not counted. Every counter stands at 0 from the
 * start, because the increase of a series that comes into being with its first event is 0 to Prometheus.
 */
public final class MeterChainListener implements ChainListener {

	private static final CallObserver NOBODY = new CallObserver() {
	};

	private final MeterRegistry meters;

	public MeterChainListener(MeterRegistry meters) {
		this.meters = meters;
	}

	@Override
	public ChainListener forChain(TargetChain<?, ?> chain) {
		return new OfChain(chain);
	}

	@Override
	public CallObserver callStarted(Call call) {
		return NOBODY;
	}

	private final class OfChain implements ChainListener, CallObserver {

		private final AtomicBoolean incident = new AtomicBoolean();

		private final Counter incidents;

		private final OfTarget[] byPosition;

		private final Map<String, Counter[]> skips = new HashMap<>();

		OfChain(TargetChain<?, ?> chain) {
			Counters counters = new Counters(MeterChainListener.this.meters, chain.layer().id());
			this.incidents = counters.register(ResilienceMeters.INCIDENTS, ResilienceObservations.CHAIN, chain.name());
			List<String> targets = chain.targets().stream().map(GuardedTarget::name).toList();
			this.byPosition = targets.stream().map((target) -> new OfTarget(counters, chain, target)).toArray(OfTarget[]::new);
			targets.forEach((target) -> this.skips.put(target,
					counters.each(SkippedTarget.Reason.values(), ResilienceMeters.SKIPS, ResilienceMeters.REASON, target)));
		}

		@Override
		public CallObserver callStarted(Call call) {
			return call.isSynthetic() ? NOBODY : this;
		}

		@Override
		public void attemptStarted(Attempt attempt) {
			if (attempt.tryOnTarget() > 1) {
				this.byPosition[attempt.position()].retries.increment();
			}
		}

		@Override
		public void attemptEnded(Attempt attempt) {
			if (attempt.isHedge()) {
				this.byPosition[attempt.position()].hedges[attempt.outcome().ordinal()].increment();
			}
			incident(attempt);
		}

		@Override
		public void attemptJudged(Attempt attempt) {
			incident(attempt);
		}

		private void incident(Attempt attempt) {
			Failure failure = attempt.failure();
			if (attempt.outcome() == Attempt.Outcome.FAILURE && failure != null && failure.kind() != FailureKind.CALLER
					&& attempt.call().isScored() && this.incident.compareAndSet(false, true)) {
				this.incidents.increment();
			}
		}

		@Override
		public void targetSkipped(SkippedTarget skipped) {
			this.skips.get(skipped.target())[skipped.reason().ordinal()].increment();
		}

		@Override
		public void callEnded(Call call) {
			Attempt served = call.served();
			if (served == null || !call.isScored()) {
				return;
			}
			if (this.incident.get()) {
				this.incident.set(false);
			}
			if (served.isFallback() && call.outcome() == Call.Outcome.ANSWERED) {
				this.byPosition[served.position()].fallbacks.increment();
			}
		}

	}

	/** The counters of one target in one chain. */
	private static final class OfTarget {

		private final Counter retries;

		private final Counter fallbacks;

		/** By the outcome of the attempt. */
		private final Counter[] hedges;

		OfTarget(Counters counters, TargetChain<?, ?> chain, String target) {
			this.retries = counters.register(ResilienceMeters.RETRIES, ResilienceObservations.TARGET, target);
			this.fallbacks = counters.register(ResilienceMeters.FALLBACKS, ResilienceObservations.CHAIN, chain.name(),
					ResilienceObservations.TARGET, target);
			this.hedges = chain.hedges() ? counters.each(Attempt.Outcome.values(),
					ResilienceMeters.HEDGES, ResilienceObservations.OUTCOME, target) : new Counter[0];
		}

	}

	private record Counters(MeterRegistry meters, String layer) {

		Counter register(String name, String... tags) {
			return Counter.builder(name)
				.description(ResilienceMeters.description(name))
				.tag(ResilienceObservations.LAYER, this.layer)
				.tags(tags)
				.register(this.meters);
		}

		/** A counter of the target for each value of a tag, by the value's ordinal. */
		Counter[] each(Enum<?>[] values, String name, String tag, String target) {
			return Arrays.stream(values)
				.map((value) -> register(name, ResilienceObservations.TARGET, target, tag,
						value.name().toLowerCase(Locale.ROOT)))
				.toArray(Counter[]::new);
		}

	}

}
