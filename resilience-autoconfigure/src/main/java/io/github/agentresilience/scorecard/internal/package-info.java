/**
 * Counts what chains do and says it in figures that an operator asks for.
 */
@NullMarked
package io.github.agentresilience.scorecard.internal;

import org.jspecify.annotations.NullMarked;
