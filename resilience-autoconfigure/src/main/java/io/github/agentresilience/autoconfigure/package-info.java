/**
 * Reads the configuration and wires the rooms together. No other room knows it.
 */
@NullMarked
package io.github.agentresilience.autoconfigure;

import org.jspecify.annotations.NullMarked;
