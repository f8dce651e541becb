package io.github.agentresilience.chain.internal.engine;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.function.IntPredicate;

import io.github.agentresilience.chain.internal.limit.Limits;
import io.github.agentresilience.chain.internal.limit.Waiting;
import io.github.agentresilience.chain.internal.route.Member;
import org.jspecify.annotations.Nullable;

/**
 * The targets that one call has passed over because they are over their limits, and may
 * wait for.
 */
final class OverLimits<Q, A> {

	private final List<Member<Q, A>> members;

	private final CallSpec spec;

	/** By their place in the order of the call. */
	private final BitSet over = new BitSet();

	/** How often each was asked before that. */
	private final int[] tries;

	private @Nullable Waiting waited;

	OverLimits(List<Member<Q, A>> members, CallSpec spec) {
		this.members = members;
		this.spec = spec;
		this.tries = new int[members.size()];
	}

	/**
	 * A target is over its limits.
	 * @param asked how often it has been asked in this call
	 */
	void add(int rank, int asked) {
		this.over.set(rank);
		this.tries[rank] = Math.max(this.tries[rank], asked);
	}

	/** The call is at the target now, or cannot be. */
	void cameTo(int rank) {
		this.over.clear(rank);
	}

	boolean isOver(int rank) {
		return this.over.get(rank);
	}

	/** How often a target had been asked when it was found to be over its limits. */
	int tries(int rank) {
		return this.tries[rank];
	}

	void hasWaited(Waiting before) {
		this.waited = before;
	}

	/** Whether the call has waited for one of them. */
	boolean hasWaited() {
		return this.waited != null;
	}

	/**
	 * The place of the call in their lines, the one that it has had where it has waited
	 * already.
	 * @param mostNanos how long the call has
	 * @param affordable which of them the call can pay for
	 * @return {@code null} where it would not be its turn by then
	 */
	@Nullable Waiting waiting(long mostNanos, IntPredicate affordable) {
		List<Waiting.Place> places = new ArrayList<>(this.over.cardinality());
		for (int rank = this.over.nextSetBit(0); rank >= 0; rank = this.over.nextSetBit(rank + 1)) {
			Member<Q, A> member = this.members.get(rank);
			Limits limits = member.target().limits();
			if (limits != null && affordable.test(rank)) {
				places.add(limits.place(rank, this.spec.tokens(), member.position()));
			}
		}
		if (places.isEmpty() || mostNanos <= 0) {
			return null;
		}
		Waiting waiting = new Waiting(this.spec.precedence(), places, this.waited, mostNanos);
		return waiting.isInTime() ? waiting : null;
	}

}
