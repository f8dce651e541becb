/**
 * Chains of MCP connections: their targets, what may be called again, and how a lost
 * connection comes back.
 */
@NullMarked
package io.github.agentresilience.mcp.internal;

import org.jspecify.annotations.NullMarked;
