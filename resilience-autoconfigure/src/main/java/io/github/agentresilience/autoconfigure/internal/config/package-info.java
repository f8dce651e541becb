/**
 * Checks and reports of the configuration.
 */
@NullMarked
package io.github.agentresilience.autoconfigure.internal.config;

import org.jspecify.annotations.NullMarked;
