/**
 * The bodies of the endpoints' answers: a record for each shape, whose components are the
 * keys of its JSON in their order.
 */
@NullMarked
package io.github.agentresilience.actuate.internal.answer;

import org.jspecify.annotations.NullMarked;
