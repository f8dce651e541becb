package io.github.agentresilience.chain.internal.route;

import java.util.ArrayList;
import java.util.List;

import org.jspecify.annotations.Nullable;

/**
 * What a call wishes of the order in which it tries the targets. A wish, not a rule: a
 * target that may not be asked now is not preferred.
 *
 * @param target the name of the target to try first, {@code null} for the routing's own;
 * a name that is none of the chain's means nothing
 * @param drawnBy where the routing draws lots, calls of the same text draw the same;
 * {@code null} for a lot of its own
 */
public record Preference(@Nullable String target, @Nullable String drawnBy) {

	/** The routing's own order. */
	public static final Preference NONE = new Preference(null, null);

	/** The order with the preferred target in front, the others as they were. */
	<Q, A> List<Member<Q, A>> first(List<Member<Q, A>> order, long nowNanos) {
		for (int i = 0; i < order.size(); i++) {
			Member<Q, A> member = order.get(i);
			if (member.target().name().equals(this.target)) {
				return (i > 0 && member.target().available(nowNanos)) ? moved(order, i) : order;
			}
		}
		return order;
	}

	private static <Q, A> List<Member<Q, A>> moved(List<Member<Q, A>> order, int from) {
		List<Member<Q, A>> moved = new ArrayList<>(order);
		moved.add(0, moved.remove(from));
		return moved;
	}

}
