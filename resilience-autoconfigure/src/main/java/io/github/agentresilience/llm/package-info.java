/**
 * The LLM layer: a chat model that is a chain of chat models.
 */
@NullMarked
package io.github.agentresilience.llm;

import org.jspecify.annotations.NullMarked;
