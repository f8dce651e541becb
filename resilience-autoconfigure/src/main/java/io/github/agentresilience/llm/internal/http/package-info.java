/**
 * The HTTP client of targets that the starter builds.
 */
@NullMarked
package io.github.agentresilience.llm.internal.http;

import org.jspecify.annotations.NullMarked;
