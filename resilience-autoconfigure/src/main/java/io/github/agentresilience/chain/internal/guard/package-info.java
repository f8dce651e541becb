/**
 * What stands between a target and its callers: breaker, permits, cooldown, and the
 * prober of targets that are down.
 */
@NullMarked
package io.github.agentresilience.chain.internal.guard;

import org.jspecify.annotations.NullMarked;
