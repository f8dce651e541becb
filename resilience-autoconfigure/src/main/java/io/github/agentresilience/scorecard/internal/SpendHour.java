package io.github.agentresilience.scorecard.internal;

import java.time.Instant;
import java.util.Map;

/**
 * One hour, by the clock, in which anything was spent.
 *
 * @param at when it began
 * @param chains what each target spent, by chain
 */
public record SpendHour(Instant at, Map<String, Map<String, Spending>> chains) {
}
