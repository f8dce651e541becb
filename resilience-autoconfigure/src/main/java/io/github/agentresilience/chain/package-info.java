/**
 * The primitive that protects both legs of an agent: an ordered chain of targets, and around each of them
 * retry, breaker and timeout. It knows neither chat models nor MCP.
 *
 * <p>
 * {@link io.github.agentresilience.chain.ChainRun} holds the rules and does nothing; the two executions do what
 * it says, on the caller's thread or as a stream.
 */
@NullMarked
package io.github.agentresilience.chain;

import org.jspecify.annotations.NullMarked;
