package io.github.agentresilience.actuate;

/**
 * What the scorecard's page may offer besides looking: only what its reader could do over HTTP anyway.
 *
 * @param chaos whether faults can be injected
 * @param experiments whether experiments can be run
 */
public record PageControls(boolean chaos, boolean experiments) {
}
