/**
 * A first call at start-up, in memory, so that a user's first call need not pay for it.
 */
@NullMarked
package io.github.agentresilience.llm.internal.warmup;

import org.jspecify.annotations.NullMarked;
