package io.github.agentresilience.observation.internal;

import io.github.agentresilience.chain.internal.budget.Turn;
import io.micrometer.context.ThreadLocalAccessor;
import org.jspecify.annotations.Nullable;

/**
 * Has the turn of an agent travel with whatever else context-propagation carries, so that
 * a tool which works on threads of its own goes on with the turn's deadline and budget.
 */
public final class TurnAccessor implements ThreadLocalAccessor<Turn> {

	@Override
	public Object key() {
		return Turn.KEY;
	}

	@Override
	public @Nullable Turn getValue() {
		return Turn.current();
	}

	@Override
	public void setValue(Turn turn) {
		Turn.restore(turn);
	}

	@Override
	public void setValue() {
		Turn.restore(null);
	}

}
