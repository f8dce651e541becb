/**
 * Faults that stand innermost, at the target call, so that every layer above sees them
 * exactly as real ones.
 */
@NullMarked
package io.github.agentresilience.chaos;

import org.jspecify.annotations.NullMarked;
