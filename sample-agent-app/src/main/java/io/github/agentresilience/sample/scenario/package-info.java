/**
 * Ways to break the agent, and the figures of each.
 */
package io.github.agentresilience.sample.scenario;
