package io.github.agentresilience.chain.internal.route;

import java.time.Duration;
import java.util.List;
import java.util.function.DoubleSupplier;
import java.util.function.LongSupplier;

import io.github.agentresilience.chain.internal.limit.TokenEstimate;
import io.github.agentresilience.chain.internal.policy.ChainPolicy;
import io.github.agentresilience.chain.internal.time.Nanos;
import org.jspecify.annotations.Nullable;

/**
 * Says in which order a call tries the targets. Whether a target may be asked at all is
 * for the planner to find out: one whose breaker is open is passed over there, and one
 * that is due for a probe gets it.
 */
@FunctionalInterface
public interface Router<Q, A> {

	/**
	 * The order for one call, the target to prefer first.
	 * @param streaming whether the call is a stream
	 * @param preference what the call wishes
	 * @param tokens about how many tokens it takes, {@code null} where that is not known
	 */
	List<Member<Q, A>> order(boolean streaming, Preference preference, @Nullable TokenEstimate tokens);

	/**
	 * The router that a policy asks for.
	 * @param nanoTime the chain's clock
	 * @param random numbers from 0 (inclusive) to 1
	 */
	static <Q, A> Router<Q, A> of(ChainPolicy policy, List<Member<Q, A>> members, LongSupplier nanoTime,
			DoubleSupplier random) {
		Duration threshold = policy.latencyThreshold();
		Router<Q, A> router = switch (policy.routing()) {
			case PRIORITY -> (streaming, preference, tokens) -> members;
			case WEIGHTED -> new WeightedRouter<>(members, random);
			case LATENCY -> (threshold != null) ? new ThresholdRouter<>(members, Nanos.of(threshold), nanoTime)
					: new LatencyRouter<>(members, nanoTime);
			case COST -> new CostRouter<>(members);
		};
		return (streaming, preference, tokens) -> {
			List<Member<Q, A>> order = router.order(streaming, preference, tokens);
			return (preference.target() != null) ? preference.first(order, nanoTime.getAsLong()) : order;
		};
	}

}
