/**
 * Wires the MCP layer.
 */
@NullMarked
package io.github.agentresilience.autoconfigure.internal.mcp;

import org.jspecify.annotations.NullMarked;
