package io.github.agentresilience.chain.internal.route;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

import io.github.agentresilience.chain.internal.limit.TokenEstimate;
import io.github.agentresilience.chain.internal.policy.Price;
import org.jspecify.annotations.Nullable;

/**
 * Prefers the target that is cheapest for the request of the call, where its tokens and
 * those that its answer may have are known; else the one whose input is cheapest, of
 * those the one whose output is. Targets without a price come last. What costs the same
 * stays in the order of the chain.
 */
final class CostRouter<Q, A> implements Router<Q, A> {

	private final List<Member<Q, A>> byPrice;

	private final List<Member<Q, A>> priced;

	private final List<Member<Q, A>> unpriced;

	CostRouter(List<Member<Q, A>> members) {
		this.priced = members.stream().filter((member) -> member.target().isPriced()).toList();
		this.unpriced = members.stream().filter((member) -> !member.target().isPriced()).toList();
		this.byPrice = ordered(Comparator.comparingDouble((Member<Q, A> member) -> price(member).inputPerMillion())
			.thenComparingDouble((member) -> price(member).outputPerMillion()));
	}

	@Override
	public List<Member<Q, A>> order(boolean streaming, Preference preference, @Nullable TokenEstimate tokens) {
		if (tokens == null || this.priced.size() < 2) {
			return this.byPrice;
		}
		try {
			return byCost(tokens);
		}
		catch (Throwable ofEstimator) {
			// Who counts the tokens is not the chain's
			return this.byPrice;
		}
	}

	private List<Member<Q, A>> byCost(TokenEstimate tokens) {
		for (Member<Q, A> member : this.priced) {
			if (tokens.output(member.position()) <= 0) {
				// A length that is known of some answers makes just those look dear
				return this.byPrice;
			}
		}
		int input = tokens.input();
		return ordered(
				Comparator.comparingDouble((member) -> price(member).cost(input, tokens.output(member.position()))));
	}

	private List<Member<Q, A>> ordered(Comparator<Member<Q, A>> comparator) {
		List<Member<Q, A>> order = new ArrayList<>(this.priced);
		order.sort(comparator);
		order.addAll(this.unpriced);
		return order;
	}

	private static Price price(Member<?, ?> member) {
		Price price = member.target().price();
		if (price == null) {
			throw new IllegalStateException(member.target() + " has no price");
		}
		return price;
	}

}
