/**
 * What makes an application part of a fleet.
 */
@NullMarked
package io.github.agentresilience.autoconfigure.internal.fleet;

import org.jspecify.annotations.NullMarked;
