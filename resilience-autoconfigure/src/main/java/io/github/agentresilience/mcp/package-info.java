/**
 * The MCP leg: MCP clients that are chains of MCP connections.
 */
@NullMarked
package io.github.agentresilience.mcp;

import org.jspecify.annotations.NullMarked;
