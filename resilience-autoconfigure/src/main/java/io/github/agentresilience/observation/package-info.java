/**
 * Tells Micrometer of calls and attempts, as observations: timers always, spans where there is a tracer.
 */
@NullMarked
package io.github.agentresilience.observation;

import org.jspecify.annotations.NullMarked;
