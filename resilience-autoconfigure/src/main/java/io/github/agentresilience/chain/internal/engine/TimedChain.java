package io.github.agentresilience.chain.internal.engine;

import io.github.agentresilience.chain.Chain;
import io.github.agentresilience.chain.internal.time.Time;

/**
 * A chain whose calls go by its time. They ask it there, so that none has a field for it.
 */
interface TimedChain extends Chain {

	Time time();

}
