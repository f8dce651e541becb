/**
 * The client that an application holds, and what it shows of the servers behind it.
 */
@NullMarked
package io.github.agentresilience.mcp.internal.client;

import org.jspecify.annotations.NullMarked;
