/**
 * A fleet whose instances meet in Redis or Valkey.
 */
@NullMarked
package io.github.agentresilience.fleet.internal.redis;

import org.jspecify.annotations.NullMarked;
