/**
 * Counts what chains do and says it in figures that an operator asks for: is the agent answering, how fast, who
 * serves, and how long does it take to recover.
 */
@NullMarked
package io.github.agentresilience.scorecard;

import org.jspecify.annotations.NullMarked;
