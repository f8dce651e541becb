/**
 * What is counted over many calls: the retry budget, token buckets, recent latency.
 */
@NullMarked
package io.github.agentresilience.chain.internal.budget;

import org.jspecify.annotations.NullMarked;
