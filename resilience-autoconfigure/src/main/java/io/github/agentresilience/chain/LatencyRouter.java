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

	private final Explored calls;

	private final Explored streams;

	LatencyRouter(List<Member<Q, A>> members, ChainRuntime runtime) {
		this.members = members;
		this.runtime = runtime;
		long before = runtime.nanoTime() - RecentLatency.STALE_AFTER_NANOS;
		this.calls = new Explored(members.size(), before);
		this.streams = new Explored(members.size(), before);
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
		if (order.size() > 1 && (streaming ? this.streams : this.calls).isDue(interval)) {
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
		(streaming ? this.streams : this.calls).at.set(chosen.position(), now);
		order.add(0, chosen);
	}

	private long unseenFor(Member<Q, A> member, boolean streaming, long now) {
		Explored explored = streaming ? this.streams : this.calls;
		return Math.min(now - explored.at.get(member.position()),
				member.target().latency(streaming).nanosSinceLast(now));
	}

	/** Calls and streams are explored apart: where they take turns, one counter would always pick the same of them. */
	private static final class Explored {

		private final AtomicLong count = new AtomicLong();

		/** When each target was last explored, by its position; the clock's value. */
		private final AtomicLongArray at;

		Explored(int targets, long before) {
			this.at = new AtomicLongArray(targets);
			for (int i = 0; i < targets; i++) {
				this.at.set(i, before);
			}
		}

		boolean isDue(long interval) {
			return this.count.incrementAndGet() % interval == 0;
		}

	}

}
