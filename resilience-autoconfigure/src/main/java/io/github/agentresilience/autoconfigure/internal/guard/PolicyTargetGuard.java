package io.github.agentresilience.autoconfigure.internal.guard;

import java.util.function.Function;

import io.github.agentresilience.chain.Layer;
import io.github.agentresilience.chain.Target;
import io.github.agentresilience.chain.internal.guard.GuardedTarget;
import io.github.agentresilience.chain.internal.guard.TargetGuard;
import io.github.agentresilience.chain.internal.limit.Limits;
import io.github.agentresilience.chain.internal.limit.WaitingRoom;
import io.github.agentresilience.chain.internal.policy.BreakerPolicy;
import io.github.agentresilience.chain.internal.policy.TargetPolicy;
import io.github.agentresilience.chain.internal.policy.TargetRules;
import io.github.agentresilience.chaos.internal.ChaosTarget;
import io.github.agentresilience.chaos.internal.FaultInjector;
import org.jspecify.annotations.Nullable;

/**
 * Guards the targets of one layer with what the configuration says of each.
 */
public final class PolicyTargetGuard implements TargetGuard {

	private final Layer layer;

	private final Breakers breakers;

	private final @Nullable FaultInjector chaos;

	private final Function<String, TargetPolicies> policies;

	/**
	 * A guard.
	 * @param chaos where faults are injected, {@code null} where that is not enabled
	 * @param policies what the configuration says of a target, by its name
	 */
	public PolicyTargetGuard(Layer layer, Breakers breakers, @Nullable FaultInjector chaos,
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
				own.policy, own.limits);
	}

	/**
	 * The policies of one target.
	 *
	 * @param limits what it is asked at most, {@code null} where it has no limits
	 */
	public record TargetPolicies(BreakerPolicy breaker, TargetPolicy policy, @Nullable Limits limits) {

		/**
		 * @param room where calls wait that find all targets over their limits
		 */
		public static TargetPolicies of(TargetRules rules, WaitingRoom room) {
			return new TargetPolicies(rules.breaker(), rules.policy(), Limits.of(rules.limits(), room));
		}

	}

}
