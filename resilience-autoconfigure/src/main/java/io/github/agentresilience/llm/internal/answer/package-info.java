/**
 * Reads the answers of OpenAI-compatible providers tolerantly, and hands the SDK only
 * what it can read.
 */
@NullMarked
package io.github.agentresilience.llm.internal.answer;

import org.jspecify.annotations.NullMarked;
