/**
 * The wire of one connection: HTTP, event streams, sessions, and requests that wait for
 * their responses.
 */
@NullMarked
package io.github.agentresilience.mcp.internal.transport;

import org.jspecify.annotations.NullMarked;
