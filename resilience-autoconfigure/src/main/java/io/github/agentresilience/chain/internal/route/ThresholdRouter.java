package io.github.agentresilience.chain.internal.route;

import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;

import io.github.agentresilience.chain.internal.budget.RecentLatency;
import io.github.agentresilience.chain.internal.limit.TokenEstimate;
import io.github.agentresilience.chain.internal.policy.Defaults;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the order of the chain, but prefers the first target whose recent median is not
 * above a threshold; one whose median is not known is not. Where all are slower, the
 * quickest of them is preferred. A small share of the calls goes first to a target that
 * was passed over, so that one that has recovered is noticed; where there are few calls,
 * its median is soon not known any more, and the next call finds out.
 */
final class ThresholdRouter<Q, A> implements Router<Q, A> {

	private final List<Member<Q, A>> members;

	private final long thresholdNanos;

	private final LongSupplier nanoTime;

	private final Exploration<Q, A> exploration;

	ThresholdRouter(List<Member<Q, A>> members, long thresholdNanos, LongSupplier nanoTime) {
		this.members = members;
		this.thresholdNanos = thresholdNanos;
		this.nanoTime = nanoTime;
		this.exploration = new Exploration<>(members.size(), nanoTime.getAsLong());
	}

	@Override
	public List<Member<Q, A>> order(boolean streaming, Preference preference, @Nullable TokenEstimate tokens) {
		long now = this.nanoTime.getAsLong();
		int preferred = preferred(streaming, now);
		if (preferred == 0) {
			return this.members;
		}
		if (this.exploration.isDue(streaming, Defaults.EXPLORE_EVERY)) {
			Member<Q, A> explored = this.exploration.choose(this.members.subList(0, preferred), streaming, now);
			return inFront(explored, this.members.get(preferred));
		}
		return inFront(this.members.get(preferred), null);
	}

	/** The place of the target to prefer. */
	private int preferred(boolean streaming, long now) {
		int quickest = 0;
		long least = Long.MAX_VALUE;
		for (int i = 0; i < this.members.size(); i++) {
			long median = this.members.get(i).target().latency(streaming).median(now);
			if (median == RecentLatency.UNKNOWN || median <= this.thresholdNanos) {
				return i;
			}
			if (median < least) {
				least = median;
				quickest = i;
			}
		}
		return quickest;
	}

	private List<Member<Q, A>> inFront(Member<Q, A> first, @Nullable Member<Q, A> second) {
		List<Member<Q, A>> order = new ArrayList<>(this.members.size());
		order.add(first);
		if (second != null) {
			order.add(second);
		}
		for (Member<Q, A> member : this.members) {
			if (member != first && member != second) {
				order.add(member);
			}
		}
		return order;
	}

}
