package io.github.agentresilience.chain;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * Prefers the target with the lowest recent median. A small share of calls explores: it goes first to the target that
 * has gone longest without being measured, so that one that has recovered is noticed.
 */
final class LatencyRouter<Q, A> implements Router<Q, A> {

	private final List<Member<Q, A>> members;

	private final ChainRuntime runtime;

	private final AtomicLong calls = new AtomicLong();

	/** When each target was last explored, by its position; the clock's value. */
	private final AtomicLongArray explored;

	LatencyRouter(List<Member<Q, A>> members, ChainRuntime runtime) {
		this.members = members;
		this.runtime = runtime;
		this.explored = new AtomicLongArray(members.size());
		long before = runtime.nanoTime() - RecentLatency.STALE_AFTER_NANOS;
		for (int i = 0; i < members.size(); i++) {
			this.explored.set(i, before);
		}
	}

	@Override
	public List<Member<Q, A>> order(boolean streaming) {
		long now = this.runtime.nanoTime();
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
		if (order.size() > 1 && this.calls.incrementAndGet() % interval == 0) {
			explore(order, streaming, now);
		}
		return order;
	}

	private void explore(List<Member<Q, A>> order, boolean streaming, long now) {
		int longest = 1;
		for (int i = 2; i < order.size(); i++) {
			if (unseenFor(order.get(i), streaming, now) > unseenFor(order.get(longest), streaming, now)) {
				longest = i;
			}
		}
		Member<Q, A> chosen = order.remove(longest);
		this.explored.set(chosen.position(), now);
		order.add(0, chosen);
	}

	private long unseenFor(Member<Q, A> member, boolean streaming, long now) {
		return Math.min(now - this.explored.get(member.position()),
				member.target().latency(streaming).nanosSinceLast(now));
	}

}
