package io.github.agentresilience.chain;

import java.util.List;

/**
 * Says in which order a call tries the targets. Whether a target may be asked at all is for the walk to find out: one
 * whose breaker is open is passed over there, and one that is due for a probe gets it.
 */
@FunctionalInterface
interface Router<Q, A> {

	/**
	 * The order for one call, the target to prefer first.
	 * @param streaming whether the call is a stream
	 */
	List<Member<Q, A>> order(boolean streaming);

	static <Q, A> Router<Q, A> of(ChainPolicy.Routing routing, List<Member<Q, A>> members, ChainRuntime runtime) {
		return switch (routing) {
			case PRIORITY -> (streaming) -> members;
			case WEIGHTED -> new WeightedRouter<>(members);
			case LATENCY -> new LatencyRouter<>(members, runtime);
		};
	}

}
