/**
 * The rules of a chain, once, and the two drivers that carry them out: on the caller's
 * thread, or as a stream.
 */
@NullMarked
package io.github.agentresilience.chain.internal.engine;

import org.jspecify.annotations.NullMarked;
