package io.github.agentresilience.chaos;

/**
 * How the probes of one phase of an experiment did.
 *
 * @param probes how many have ended
 * @param inFlight how many have not
 * @param successRate the share of them that were answered, 1 where there are none
 * @param p95Ms of their durations, in milliseconds; one in flight counts with what it has taken so far
 * @param longestOutageMs the longest time without an answer after one had failed, in milliseconds
 */
public record PhaseFigures(int probes, int inFlight, double successRate, double p95Ms, double longestOutageMs) {
}
