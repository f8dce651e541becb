package io.github.agentresilience.autoconfigure;

import java.util.function.Function;

import io.github.agentresilience.chain.BreakerPolicy;
import io.github.agentresilience.chain.GuardedTarget;
import io.github.agentresilience.chain.Layer;
import io.github.agentresilience.chain.Target;
import io.github.agentresilience.chain.TargetGuard;
import io.github.agentresilience.chain.TargetPolicy;
import io.github.agentresilience.chaos.Chaos;
import io.github.agentresilience.chaos.ChaosTarget;
import org.jspecify.annotations.Nullable;

/**
 * Guards the targets of one leg with what the configuration says of each.
 */
final class PolicyTargetGuard implements TargetGuard {

	private final Layer layer;

	private final Breakers breakers;

	private final @Nullable Chaos chaos;

	private final Function<String, TargetPolicies> policies;

	/**
	 * A guard.
	 * @param chaos where faults are injected, {@code null} where that is not enabled
	 * @param policies what the configuration says of a target, by its name
	 */
	PolicyTargetGuard(Layer layer, Breakers breakers, @Nullable Chaos chaos,
			Function<String, TargetPolicies> policies) {
		this.layer = layer;
		this.breakers = breakers;
		this.chaos = chaos;
		this.policies = policies;
	}

	@Override
	public <Q, A> GuardedTarget<Q, A> around(Target<Q, A> target) {
		TargetPolicies own = this.policies.apply(target.name());
		Target<Q, A> asked = (this.chaos != null) ? new ChaosTarget<>(target, this.layer, this.chaos) : target;
		return new GuardedTarget<>(asked, this.breakers.get(this.layer.breakerId(target.name()), own.breaker),
				own.policy);
	}

	/** The policies of one target. */
	record TargetPolicies(BreakerPolicy breaker, TargetPolicy policy) {
	}

}
