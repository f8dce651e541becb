/**
 * Which answers are accepted.
 */
@NullMarked
package io.github.agentresilience.llm.internal.accept;

import org.jspecify.annotations.NullMarked;
