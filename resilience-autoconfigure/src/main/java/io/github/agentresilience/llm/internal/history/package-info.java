/**
 * Makes a conversation that one target began fit for the target that goes on with it.
 */
@NullMarked
package io.github.agentresilience.llm.internal.history;

import org.jspecify.annotations.NullMarked;
