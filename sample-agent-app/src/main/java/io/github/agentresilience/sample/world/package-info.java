/**
 * What the agent calls when there is no network and no key: providers and MCP servers on
 * loopback, over real HTTP.
 */
package io.github.agentresilience.sample.world;
