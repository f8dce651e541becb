/**
 * Wires the LLM layer.
 */
@NullMarked
package io.github.agentresilience.autoconfigure.internal.llm;

import org.jspecify.annotations.NullMarked;
