package io.github.agentresilience.chain.internal.route;

import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;

import io.github.agentresilience.chain.internal.budget.RecentLatency;

/**
 * Sends a small share of the calls to targets that are not preferred, so that one that
 * has recovered is noticed. Calls and streams are explored apart: where they take turns,
 * one counter would always pick the same of them.
 */
final class Exploration<Q, A> {

	private final Explored calls;

	private final Explored streams;

	/**
	 * An exploration that has yet to begin.
	 * @param targets how many targets the chain has
	 */
	Exploration(int targets, long nowNanos) {
		long before = nowNanos - RecentLatency.STALE_AFTER_NANOS;
		this.calls = new Explored(targets, before);
		this.streams = new Explored(targets, before);
	}

	/** Whether this call explores, as one in so many does. */
	boolean isDue(boolean streaming, long interval) {
		return of(streaming).count.incrementAndGet() % interval == 0;
	}

	/**
	 * Chooses who has gone longest without being measured.
	 * @param among at least one
	 */
	Member<Q, A> choose(List<Member<Q, A>> among, boolean streaming, long nowNanos) {
		Member<Q, A> longest = among.get(0);
		for (Member<Q, A> member : among) {
			if (unseenFor(member, streaming, nowNanos) > unseenFor(longest, streaming, nowNanos)) {
				longest = member;
			}
		}
		of(streaming).at.set(longest.position(), nowNanos);
		return longest;
	}

	private long unseenFor(Member<Q, A> member, boolean streaming, long nowNanos) {
		return Math.min(nowNanos - of(streaming).at.get(member.position()),
				member.target().latency(streaming).nanosSinceLast(nowNanos));
	}

	private Explored of(boolean streaming) {
		return streaming ? this.streams : this.calls;
	}

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

	}

}
