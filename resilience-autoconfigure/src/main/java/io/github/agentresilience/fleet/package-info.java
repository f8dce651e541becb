/**
 * Instances of one application that share what they know of their targets. An application
 * may bring a {@link io.github.agentresilience.fleet.FleetChannel} of its own.
 */
@NullMarked
package io.github.agentresilience.fleet;

import org.jspecify.annotations.NullMarked;
