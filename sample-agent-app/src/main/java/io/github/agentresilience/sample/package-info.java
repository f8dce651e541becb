/**
 * An agent that keeps answering while what it calls is broken on purpose.
 */
package io.github.agentresilience.sample;
