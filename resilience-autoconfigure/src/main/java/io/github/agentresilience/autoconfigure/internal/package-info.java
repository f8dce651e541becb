/**
 * What every layer needs when it is wired.
 */
@NullMarked
package io.github.agentresilience.autoconfigure.internal;

import org.jspecify.annotations.NullMarked;
