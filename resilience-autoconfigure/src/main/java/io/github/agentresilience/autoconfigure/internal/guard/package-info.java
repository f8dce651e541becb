/**
 * What the configuration makes of each target: its policies and its breaker.
 */
@NullMarked
package io.github.agentresilience.autoconfigure.internal.guard;

import org.jspecify.annotations.NullMarked;
