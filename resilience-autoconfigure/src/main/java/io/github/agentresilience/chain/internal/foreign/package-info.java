/**
 * How code that is not the chain's is kept from harming it.
 */
@NullMarked
package io.github.agentresilience.chain.internal.foreign;

import org.jspecify.annotations.NullMarked;
