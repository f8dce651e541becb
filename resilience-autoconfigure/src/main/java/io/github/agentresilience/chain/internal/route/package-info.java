/**
 * In which order a call tries the targets of a chain.
 */
@NullMarked
package io.github.agentresilience.chain.internal.route;

import org.jspecify.annotations.NullMarked;
