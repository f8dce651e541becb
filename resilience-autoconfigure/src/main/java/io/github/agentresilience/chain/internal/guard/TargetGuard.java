package io.github.agentresilience.chain.internal.guard;

import io.github.agentresilience.chain.Target;

/**
 * Puts around a target what the configuration wants there: its breaker, its policies, and
 * faults where chaos is enabled.
 */
public interface TargetGuard {

	/**
	 * Guards a target. Asked twice for one target, it builds two guards over one breaker.
	 */
	<Q, A> GuardedTarget<Q, A> around(Target<Q, A> target);

}
