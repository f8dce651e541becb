/**
 * A tour for an audience: what is broken, what to look at, and what was seen.
 */
package io.github.agentresilience.sample.tour;
