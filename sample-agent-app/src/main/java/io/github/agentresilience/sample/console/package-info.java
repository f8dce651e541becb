/**
 * Standard output and those who read it.
 */
package io.github.agentresilience.sample.console;
