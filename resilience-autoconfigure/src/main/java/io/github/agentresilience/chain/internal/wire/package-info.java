/**
 * What both layers read alike: event streams, Retry-After, and the words for what failed
 * on the wire.
 */
@NullMarked
package io.github.agentresilience.chain.internal.wire;

import org.jspecify.annotations.NullMarked;
