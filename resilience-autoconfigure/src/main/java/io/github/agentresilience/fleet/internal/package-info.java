/**
 * What an instance tells the others of its targets, and what it makes of what it hears.
 */
@NullMarked
package io.github.agentresilience.fleet.internal;

import org.jspecify.annotations.NullMarked;
