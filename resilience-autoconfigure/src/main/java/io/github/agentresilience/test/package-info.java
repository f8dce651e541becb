/**
 * Faults for the integration tests of an application.
 */
@NullMarked
package io.github.agentresilience.test;

import org.jspecify.annotations.NullMarked;
