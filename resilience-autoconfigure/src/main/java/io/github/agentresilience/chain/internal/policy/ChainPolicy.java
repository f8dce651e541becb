package io.github.agentresilience.chain.internal.policy;

import java.time.Duration;

import io.github.agentresilience.chain.Routing;
import io.github.agentresilience.chain.TurnBudget;
import io.github.agentresilience.chain.WhenAllOpen;
import org.jspecify.annotations.Nullable;

/**
 * The rules of a chain as a whole.
 *
 * @param deadline the whole call: all attempts, all targets, all waits
 * @param whenAllOpen what happens when every breaker of the chain is open
 * @param routing in which order the targets are tried
 * @param hedgeBudget how many calls may be hedged, as a share of them, 0 for none; the
 * first few may be so before they are earned, for a brownout that comes early
 * @param latencyThreshold where they are tried by latency, how slow one may be before the
 * next is preferred; {@code null} where the quickest is
 * @param turnBudget what a turn that begins with a call of the chain may spend,
 * {@code null} for no limit
 */
public record ChainPolicy(Duration deadline, WhenAllOpen whenAllOpen, Routing routing, double hedgeBudget,
		@Nullable Duration latencyThreshold, @Nullable TurnBudget turnBudget) {

	/**
	 * Where they are tried by latency, the quickest is preferred; turns have no budget.
	 */
	public ChainPolicy(Duration deadline, WhenAllOpen whenAllOpen, Routing routing, double hedgeBudget) {
		this(deadline, whenAllOpen, routing, hedgeBudget, null, null);
	}

	/** Targets in their order. */
	public ChainPolicy(Duration deadline, WhenAllOpen whenAllOpen) {
		this(deadline, whenAllOpen, Routing.PRIORITY, Defaults.HEDGE_BUDGET);
	}

}
