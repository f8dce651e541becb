/**
 * Where a fault meets the call.
 */
@NullMarked
package io.github.agentresilience.chaos.internal;

import org.jspecify.annotations.NullMarked;
