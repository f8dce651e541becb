/**
 * What an operator sees and does over HTTP or JMX: scorecard, chaos, health.
 */
@NullMarked
package io.github.agentresilience.actuate.internal;

import org.jspecify.annotations.NullMarked;
