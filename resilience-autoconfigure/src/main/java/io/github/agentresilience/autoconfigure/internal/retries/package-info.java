/**
 * Turns off the retries that clients make below a chain.
 */
@NullMarked
package io.github.agentresilience.autoconfigure.internal.retries;

import org.jspecify.annotations.NullMarked;
