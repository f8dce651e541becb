/**
 * The timer of attempts, cancellation, and deadlines.
 */
@NullMarked
package io.github.agentresilience.chain.internal.time;

import org.jspecify.annotations.NullMarked;
