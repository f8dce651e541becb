/**
 * Which targets a prompt fits: into their context windows, and what they support.
 */
@NullMarked
package io.github.agentresilience.llm.internal.fit;

import org.jspecify.annotations.NullMarked;
