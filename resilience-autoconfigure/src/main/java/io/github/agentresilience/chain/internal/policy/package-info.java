/**
 * What a user configures, as data, and the defaults of it.
 */
@NullMarked
package io.github.agentresilience.chain.internal.policy;

import org.jspecify.annotations.NullMarked;
