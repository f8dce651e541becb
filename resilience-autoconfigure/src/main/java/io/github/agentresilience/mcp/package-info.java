/**
 * What an application chooses for its MCP calls.
 */
@NullMarked
package io.github.agentresilience.mcp;

import org.jspecify.annotations.NullMarked;
