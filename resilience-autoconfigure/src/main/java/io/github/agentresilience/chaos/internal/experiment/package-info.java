/**
 * Experiments: steady state before, under and after a fault.
 */
@NullMarked
package io.github.agentresilience.chaos.internal.experiment;

import org.jspecify.annotations.NullMarked;
