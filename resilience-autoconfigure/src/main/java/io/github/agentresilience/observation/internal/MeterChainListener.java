package io.github.agentresilience.observation.internal;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;

import io.github.agentresilience.chain.Attempt;
import io.github.agentresilience.chain.BudgetExhaustedException;
import io.github.agentresilience.chain.Call;
import io.github.agentresilience.chain.CallObserver;
import io.github.agentresilience.chain.Chain;
import io.github.agentresilience.chain.ChainListener;
import io.github.agentresilience.chain.Failure;
import io.github.agentresilience.chain.FailureKind;
import io.github.agentresilience.chain.Layer;
import io.github.agentresilience.chain.SkippedTarget;
import io.github.agentresilience.chain.internal.foreign.ForeignCode;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.noop.NoopCounter;
import org.jspecify.annotations.Nullable;

/**
 * Counts what happens besides plain calls; probes of experiments are not counted, but for
 * what they cost. Every counter stands at 0 from the start, because the increase of a
 * series that comes into being with its first event is 0 to Prometheus. Where the
 * registry outlasts the application, they go on with the next one.
 */
public final class MeterChainListener implements ChainListener, AutoCloseable {

	private static final CallObserver NO_OBSERVER = new CallObserver() {
	};

	/**
	 * Why answers are not accepted. Chains judge by what they are given, and know no
	 * list.
	 */
	private static final List<String> REASONS = List.of("length", "refusal", "schema", "tool-arguments", "entity",
			"acceptor", "no-text");

	private final MeterRegistry meters;

	private final OwnMeters own;

	public MeterChainListener(MeterRegistry meters) {
		this.meters = meters;
		this.own = new OwnMeters(meters);
	}

	@Override
	public ChainListener forChain(Chain chain) {
		return new OfChain(chain);
	}

	@Override
	public CallObserver callStarted(Call call) {
		return NO_OBSERVER;
	}

	@Override
	public void close() {
		this.own.close();
	}

	private final class OfChain implements ChainListener, CallObserver {

		private final AtomicBoolean incident = new AtomicBoolean();

		private final Counter incidents;

		private final OfTarget[] byPosition;

		private final Map<String, Counter[]> skips = new HashMap<>();

		/** Hears nothing where no tokens are used. */
		private final CallObserver spending;

		/** By what was exhausted; none on the layer in which no turn begins. */
		private final Counter[] budgets;

		OfChain(Chain chain) {
			LimitMeters.register(MeterChainListener.this.own, chain);
			Counters counters = new Counters(MeterChainListener.this.meters, chain.layer().id());
			this.incidents = counters.register(ResilienceMeters.INCIDENTS, ResilienceObservations.CHAIN, chain.name());
			this.spending = (chain.layer() == Layer.LLM) ? new SpendCounters(counters, chain) : NO_OBSERVER;
			List<String> targets = chain.targets().stream().map(Chain.Link::name).toList();
			this.byPosition = targets.stream()
				.map((target) -> new OfTarget(counters, chain, target))
				.toArray(OfTarget[]::new);
			targets.forEach((target) -> this.skips.put(target, counters.each(SkippedTarget.Reason.values(),
					ResilienceMeters.SKIPS, ResilienceMeters.REASON, target)));
			this.budgets = (chain.layer() == Layer.LLM) ? Arrays.stream(BudgetExhaustedException.What.values())
				.map((what) -> counters.register(ResilienceMeters.BUDGETS_EXHAUSTED, ResilienceObservations.CHAIN,
						chain.name(), ResilienceMeters.WHAT, what.id()))
				.toArray(Counter[]::new) : new Counter[0];
		}

		@Override
		public CallObserver callStarted(Call call) {
			return call.isSynthetic() ? this.spending : this;
		}

		@Override
		public void budgetExhausted(BudgetExhaustedException exhausted) {
			this.budgets[exhausted.what().ordinal()].increment();
		}

		@Override
		public void attemptStarted(Attempt attempt) {
			if (attempt.tryOnTarget() > 1) {
				this.byPosition[attempt.position()].retries.increment();
			}
		}

		@Override
		public void attemptEnded(Attempt attempt) {
			this.spending.attemptEnded(attempt);
			if (attempt.isHedge() && !attempt.isBackup()) {
				this.byPosition[attempt.position()].hedges[attempt.outcome().ordinal()].increment();
			}
			if (attempt.outcome() == Attempt.Outcome.UNACCEPTABLE) {
				this.byPosition[attempt.position()].unacceptable(attempt.failure());
			}
			incident(attempt);
		}

		@Override
		public void attemptJudged(Attempt attempt) {
			this.spending.attemptJudged(attempt);
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
		public void streamRestarted(Attempt broken) {
			this.byPosition[broken.position()].restarted();
		}

		@Override
		public void targetSkipped(SkippedTarget skipped) {
			Objects.requireNonNull(this.skips.get(skipped.target()))[skipped.reason().ordinal()].increment();
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

		/** By the reason; none on the layer whose answers are not judged. */
		private final Map<String, Counter> unacceptable = new HashMap<>();

		/** {@code null} on the layer that has no streams. */
		private final @Nullable Counter restarts;

		/** By the outcome of the attempt. */
		private final Counter[] hedges;

		OfTarget(Counters counters, Chain chain, String target) {
			this.retries = counters.register(ResilienceMeters.RETRIES, ResilienceObservations.TARGET, target);
			this.fallbacks = counters.register(ResilienceMeters.FALLBACKS, ResilienceObservations.CHAIN, chain.name(),
					ResilienceObservations.TARGET, target);
			this.restarts = (chain.layer() == Layer.LLM) ? counters.register(ResilienceMeters.RESTARTS,
					ResilienceObservations.CHAIN, chain.name(), ResilienceObservations.TARGET, target) : null;
			if (chain.layer() == Layer.LLM) {
				for (String reason : REASONS) {
					this.unacceptable.put(reason, counters.register(ResilienceMeters.UNACCEPTABLE,
							ResilienceObservations.TARGET, target, ResilienceMeters.REASON, reason));
				}
			}
			this.hedges = chain.hedges() ? counters.each(Attempt.Outcome.values(), ResilienceMeters.HEDGES,
					ResilienceObservations.OUTCOME, target) : new Counter[0];
		}

		void restarted() {
			if (this.restarts != null) {
				this.restarts.increment();
			}
		}

		void unacceptable(@Nullable Failure why) {
			Counter counter = (why != null) ? this.unacceptable.get(why.reason()) : null;
			if (counter != null) {
				counter.increment();
			}
		}

	}

	record Counters(MeterRegistry meters, String layer) {

		/** A filter of meters that throws costs the counter that it throws at. */
		Counter register(String name, String... tags) {
			try {
				return registered(name, tags);
			}
			catch (Throwable ofFilter) {
				ForeignCode.failed(this.meters, ofFilter);
				return new NoopCounter(new Meter.Id(name, Tags.of(tags), null, null, Meter.Type.COUNTER));
			}
		}

		private Counter registered(String name, String... tags) {
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
