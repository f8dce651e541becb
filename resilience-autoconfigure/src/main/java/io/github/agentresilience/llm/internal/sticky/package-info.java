/**
 * Who goes on with what has begun: turns and conversations.
 */
@NullMarked
package io.github.agentresilience.llm.internal.sticky;

import org.jspecify.annotations.NullMarked;
