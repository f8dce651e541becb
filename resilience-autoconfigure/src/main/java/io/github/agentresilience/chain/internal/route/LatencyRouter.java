package io.github.agentresilience.chain.internal.route;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.LongSupplier;

import io.github.agentresilience.chain.internal.budget.RecentLatency;
import io.github.agentresilience.chain.internal.limit.TokenEstimate;
import io.github.agentresilience.chain.internal.policy.Defaults;
import org.jspecify.annotations.Nullable;

/**
 * Prefers the target with the lowest recent median. A small share of calls explores: it
 * goes first to the target that has gone longest without being measured, so that one that
 * has recovered is noticed.
 */
final class LatencyRouter<Q, A> implements Router<Q, A> {

	private final List<Member<Q, A>> members;

	private final LongSupplier nanoTime;

	private final Exploration<Q, A> exploration;

	LatencyRouter(List<Member<Q, A>> members, LongSupplier nanoTime) {
		this.members = members;
		this.nanoTime = nanoTime;
		this.exploration = new Exploration<>(members.size(), nanoTime.getAsLong());
	}

	@Override
	public List<Member<Q, A>> order(boolean streaming, Preference preference, @Nullable TokenEstimate tokens) {
		long now = this.nanoTime.getAsLong();
		long[] medians = new long[this.members.size()];
		boolean anyUnknown = false;
		for (Member<Q, A> member : this.members) {
			long median = member.target().latency(streaming).median(now);
			anyUnknown |= median == RecentLatency.UNKNOWN;
			medians[member.position()] = (median == RecentLatency.UNKNOWN) ? Long.MAX_VALUE : median;
		}
		List<Member<Q, A>> order = new ArrayList<>(this.members);
		order.sort(Comparator.comparingLong((member) -> medians[member.position()]));
		long interval = anyUnknown ? Defaults.EXPLORE_UNKNOWN_EVERY : Defaults.EXPLORE_EVERY;
		if (order.size() > 1 && this.exploration.isDue(streaming, interval)) {
			Member<Q, A> chosen = this.exploration.choose(order.subList(1, order.size()), streaming, now);
			order.remove(chosen);
			order.add(0, chosen);
		}
		return order;
	}

}
