/**
 * Reads the configuration and wires the rooms together. Nobody knows it.
 */
@NullMarked
package io.github.agentresilience.autoconfigure;

import org.jspecify.annotations.NullMarked;
