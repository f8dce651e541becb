/**
 * The primitive that protects both layers of an agent: an ordered chain of targets, and
 * around each of them retry, breaker and timeout. This room is what users and extensions
 * see of it; the engine is in {@code internal}.
 */
@NullMarked
package io.github.agentresilience.chain;

import org.jspecify.annotations.NullMarked;
