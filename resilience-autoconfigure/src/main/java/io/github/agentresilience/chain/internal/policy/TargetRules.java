package io.github.agentresilience.chain.internal.policy;

/**
 * All that is configured of one target.
 *
 * @param breaker when its breaker opens
 * @param policy how it is asked
 * @param limits what it is asked at most
 */
public record TargetRules(BreakerPolicy breaker, TargetPolicy policy, LimitPolicy limits) {
}
