package io.github.agentresilience.observation;

import java.util.Locale;
import java.util.concurrent.atomic.AtomicBoolean;

import io.github.agentresilience.chain.Attempt;
import io.github.agentresilience.chain.Call;
import io.github.agentresilience.chain.CallObserver;
import io.github.agentresilience.chain.ChainListener;
import io.github.agentresilience.chain.Failure;
import io.github.agentresilience.chain.FailureKind;
import io.github.agentresilience.chain.SkippedTarget;
import io.github.agentresilience.chain.TargetChain;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;

/**
 * Counts what happens besides plain calls. Nothing is looked up while all goes well.
 */
public final class MeterChainListener implements ChainListener {

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
		return new CallObserver() {
		};
	}

	private final class OfChain implements ChainListener, CallObserver {

		private final String layer;

		private final String chain;

		private final AtomicBoolean incident = new AtomicBoolean();

		private final Counter incidents;

		OfChain(TargetChain<?, ?> chain) {
			this.layer = chain.layer().id();
			this.chain = chain.name();
			this.incidents = counter(ResilienceMeters.INCIDENTS, ResilienceObservations.CHAIN, this.chain);
		}

		private Counter counter(String name, String... tags) {
			return Counter.builder(name)
				.description(ResilienceMeters.description(name))
				.tag(ResilienceObservations.LAYER, this.layer)
				.tags(tags)
				.register(MeterChainListener.this.meters);
		}

		@Override
		public CallObserver callStarted(Call call) {
			return this;
		}

		@Override
		public void attemptStarted(Attempt attempt) {
			if (attempt.tryOnTarget() > 1) {
				counter(ResilienceMeters.RETRIES, ResilienceObservations.TARGET, attempt.target()).increment();
			}
		}

		@Override
		public void attemptEnded(Attempt attempt) {
			if (attempt.isHedge()) {
				counter(ResilienceMeters.HEDGES, ResilienceObservations.TARGET, attempt.target(),
						ResilienceObservations.OUTCOME, attempt.outcome().name().toLowerCase(Locale.ROOT))
					.increment();
			}
			Failure failure = attempt.failure();
			if (attempt.outcome() == Attempt.Outcome.FAILURE && failure != null && failure.kind() != FailureKind.CALLER
					&& attempt.call().isScored() && this.incident.compareAndSet(false, true)) {
				this.incidents.increment();
			}
		}

		@Override
		public void attemptJudged(Attempt attempt) {
			attemptEnded(attempt);
		}

		@Override
		public void targetSkipped(SkippedTarget skipped) {
			counter(ResilienceMeters.SKIPS, ResilienceObservations.TARGET, skipped.target(), ResilienceMeters.REASON,
					skipped.reason().name().toLowerCase(Locale.ROOT))
				.increment();
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
			if (served.isFallback()) {
				counter(ResilienceMeters.FALLBACKS, ResilienceObservations.CHAIN, this.chain,
						ResilienceObservations.TARGET, served.target())
					.increment();
			}
		}

	}

}
