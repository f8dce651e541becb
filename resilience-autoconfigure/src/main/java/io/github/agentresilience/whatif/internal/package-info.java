/**
 * What a policy would have made of the calls of the last hour: what is recorded of them,
 * and how they are replayed.
 */
@NullMarked
package io.github.agentresilience.whatif.internal;

import org.jspecify.annotations.NullMarked;
