package io.github.agentresilience.observation.internal;

import java.util.Arrays;

import io.github.agentresilience.chain.Attempt;
import io.github.agentresilience.chain.CallObserver;
import io.github.agentresilience.chain.Chain;
import io.github.agentresilience.chain.TokenUsage;
import io.github.agentresilience.chain.internal.budget.Purpose;
import io.micrometer.core.instrument.Counter;
import org.jspecify.annotations.Nullable;

/**
 * Counts what the attempts of one chain of chat models use, and what that costs. Probes
 * of experiments are paid for like any other call, so they are counted too.
 */
final class SpendCounters implements CallObserver {

	private final OfTarget[] byPosition;

	SpendCounters(MeterChainListener.Counters counters, Chain chain) {
		this.byPosition = chain.targets()
			.stream()
			.map((target) -> new OfTarget(counters, chain.name(), target))
			.toArray(OfTarget[]::new);
	}

	@Override
	public void attemptEnded(Attempt attempt) {
		Purpose purpose = Purpose.ofEnded(attempt);
		if (purpose != null) {
			this.byPosition[attempt.position()].add(attempt, purpose);
		}
	}

	@Override
	public void attemptJudged(Attempt attempt) {
		this.byPosition[attempt.position()].add(attempt, Purpose.ofJudged(attempt));
	}

	/** By the ordinal of the purpose. */
	private static final class OfTarget {

		private final Counter[] input;

		private final Counter[] output;

		/** {@code null} for a target without a price. */
		private final Counter @Nullable [] cost;

		private final Counter[] unknown;

		OfTarget(MeterChainListener.Counters counters, String chain, Chain.Link target) {
			this.input = each(counters, ResilienceMeters.TOKENS, chain, target, ResilienceMeters.TYPE, "input");
			this.output = each(counters, ResilienceMeters.TOKENS, chain, target, ResilienceMeters.TYPE, "output");
			this.cost = target.isPriced() ? each(counters, ResilienceMeters.COST, chain, target) : null;
			this.unknown = each(counters, ResilienceMeters.UNKNOWN_USAGE, chain, target);
		}

		private static Counter[] each(MeterChainListener.Counters counters, String name, String chain,
				Chain.Link target, String... more) {
			return Arrays.stream(Purpose.values()).map((purpose) -> {
				String[] tags = Arrays.copyOf(more, more.length + 6);
				tags[more.length] = ResilienceObservations.CHAIN;
				tags[more.length + 1] = chain;
				tags[more.length + 2] = ResilienceObservations.TARGET;
				tags[more.length + 3] = target.name();
				tags[more.length + 4] = ResilienceMeters.PURPOSE;
				tags[more.length + 5] = purpose.id();
				return counters.register(name, tags);
			}).toArray(Counter[]::new);
		}

		void add(Attempt attempt, Purpose purpose) {
			int which = purpose.ordinal();
			TokenUsage usage = attempt.usage();
			if (usage == null) {
				if (Purpose.mayHaveUsedTokens(attempt)) {
					this.unknown[which].increment();
				}
				return;
			}
			this.input[which].increment(usage.input());
			this.output[which].increment(usage.output());
			Double cost = attempt.cost();
			if (this.cost != null && cost != null) {
				this.cost[which].increment(cost);
			}
		}

	}

}
