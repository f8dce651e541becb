/**
 * What the errors of providers mean, and what of them may be told.
 */
@NullMarked
package io.github.agentresilience.llm.internal.failure;

import org.jspecify.annotations.NullMarked;
