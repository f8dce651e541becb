package io.github.agentresilience.chain.internal.engine;

import java.util.ArrayList;
import java.util.List;

import io.github.agentresilience.chain.SkippedTarget;
import io.github.agentresilience.chain.internal.foreign.ForeignCode;
import io.github.agentresilience.chain.internal.route.Member;
import io.github.agentresilience.chain.internal.route.Suitability;
import org.jspecify.annotations.Nullable;

/**
 * Which targets can serve the request of one call. The others keep their place in its
 * order, and are passed over there.
 */
final class SuitableMembers<Q, A> {

	private final List<Member<Q, A>> suitable;

	/** By their place in the order of the call. */
	private final @Nullable SkippedTarget[] obstacles;

	private SuitableMembers(List<Member<Q, A>> members, Suitability suitability) {
		this.suitable = new ArrayList<>(members.size());
		this.obstacles = new SkippedTarget[members.size()];
		for (int i = 0; i < this.obstacles.length; i++) {
			this.obstacles[i] = obstacle(suitability, members.get(i).position());
			if (this.obstacles[i] == null) {
				this.suitable.add(members.get(i));
			}
		}
	}

	/** {@code null} where all can, which costs nothing. */
	static <Q, A> @Nullable SuitableMembers<Q, A> of(List<Member<Q, A>> members, @Nullable Suitability suitability) {
		return (suitability != null) ? new SuitableMembers<>(members, suitability) : null;
	}

	/** What cannot tell stands in the way of no call. */
	private static @Nullable SkippedTarget obstacle(Suitability suitability, int position) {
		try {
			return suitability.obstacle(position);
		}
		catch (Throwable ex) {
			ForeignCode.failed(suitability, ex);
			return null;
		}
	}

	/** Those that can, in the order of the call. */
	List<Member<Q, A>> suitable() {
		return this.suitable;
	}

	/** Why the one in this place of the order cannot, {@code null} where it can. */
	@Nullable SkippedTarget obstacle(int rank) {
		return this.obstacles[rank];
	}

}
