/**
 * Tells Micrometer and the event log of calls and attempts.
 */
@NullMarked
package io.github.agentresilience.observation.internal;

import org.jspecify.annotations.NullMarked;
