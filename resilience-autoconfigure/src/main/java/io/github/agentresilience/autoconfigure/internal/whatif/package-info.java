/**
 * Candidate policies, as properties that stand in front of those in force.
 */
@NullMarked
package io.github.agentresilience.autoconfigure.internal.whatif;

import org.jspecify.annotations.NullMarked;
