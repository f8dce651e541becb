/**
 * Experiments from the configuration.
 */
@NullMarked
package io.github.agentresilience.autoconfigure.internal.experiment;

import org.jspecify.annotations.NullMarked;
