/**
 * What an operator does and sees, over HTTP.
 */
package io.github.agentresilience.sample.operator;
