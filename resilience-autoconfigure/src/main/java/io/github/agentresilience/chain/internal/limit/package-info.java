/**
 * What targets are asked at most: how often, for how many tokens, and by how many calls
 * at once.
 */
@NullMarked
package io.github.agentresilience.chain.internal.limit;

import org.jspecify.annotations.NullMarked;
