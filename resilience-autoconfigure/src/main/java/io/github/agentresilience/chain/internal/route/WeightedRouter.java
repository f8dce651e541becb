package io.github.agentresilience.chain.internal.route;

import java.util.ArrayList;
import java.util.List;
import java.util.function.DoubleSupplier;

import io.github.agentresilience.chain.internal.limit.TokenEstimate;
import org.jspecify.annotations.Nullable;

/**
 * Spreads calls over the targets by their weights. The order of a call is drawn without
 * putting back, so that the share of a target that is down goes to the others by their
 * weights too. Targets without weight come last, in the order of the chain: they are
 * there to fall back on.
 */
final class WeightedRouter<Q, A> implements Router<Q, A> {

	private final List<Member<Q, A>> weighted;

	private final List<Member<Q, A>> unweighted;

	private final DoubleSupplier random;

	WeightedRouter(List<Member<Q, A>> members, DoubleSupplier random) {
		this.random = random;
		this.weighted = members.stream().filter((member) -> member.target().weight() > 0).toList();
		this.unweighted = members.stream().filter((member) -> member.target().weight() <= 0).toList();
	}

	@Override
	public List<Member<Q, A>> order(boolean streaming, Preference preference, @Nullable TokenEstimate tokens) {
		List<Member<Q, A>> order = new ArrayList<>(this.weighted.size() + this.unweighted.size());
		String text = preference.drawnBy();
		if (text != null) {
			order.addAll(Rendezvous.order(this.weighted, text));
		}
		else {
			List<Member<Q, A>> left = new ArrayList<>(this.weighted);
			while (!left.isEmpty()) {
				order.add(left.remove(draw(left)));
			}
		}
		order.addAll(this.unweighted);
		return order;
	}

	private int draw(List<Member<Q, A>> from) {
		double sum = 0;
		for (Member<Q, A> member : from) {
			sum += member.target().weight();
		}
		double drawn = this.random.getAsDouble() * sum;
		int last = from.size() - 1;
		for (int i = 0; i < last; i++) {
			drawn -= from.get(i).target().weight();
			if (drawn < 0) {
				return i;
			}
		}
		return last;
	}

}
