package io.github.agentresilience.whatif.internal;

import java.util.List;
import java.util.Set;

import io.github.agentresilience.chain.Layer;
import io.github.agentresilience.chain.internal.policy.ChainPolicy;
import io.github.agentresilience.chain.internal.policy.TargetRules;
import org.jspecify.annotations.Nullable;

/**
 * What calls are replayed under: everything that is configured of chains and targets.
 */
public interface CandidatePolicy {

	/**
	 * The targets of a chain, in their order.
	 * @return {@code null} where the policy says nothing of it, so that the chain is as
	 * it was
	 */
	@Nullable List<String> targets(Layer layer, String chain);

	/** The rules of a chain as a whole. */
	ChainPolicy chain(Layer layer, String chain);

	/** The rules of a target. */
	TargetRules target(Layer layer, String target);

	/** The share of the calls of a layer that may be retried. */
	double retryBudget(Layer layer);

	/** How many calls of a layer may wait for targets that are over their limits. */
	int queue(Layer layer);

	/** The chains that it gives other targets than the policy in force does. */
	Set<String> changedChains(Layer layer);

	/** Keys that it has and that make no difference to a replay. */
	List<String> unused();

}
