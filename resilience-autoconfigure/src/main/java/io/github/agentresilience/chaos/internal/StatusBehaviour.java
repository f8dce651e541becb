package io.github.agentresilience.chaos.internal;

import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;

import io.github.agentresilience.chain.Exchange;
import io.github.agentresilience.chain.Target;
import io.github.agentresilience.chain.TargetFailureException;
import org.jspecify.annotations.Nullable;

/**
 * Answers with an error status, always or by chance.
 */
record StatusBehaviour(int status, double rate, @Nullable Duration retryAfter) implements Behaviour {

	@Override
	public boolean strikes() {
		return this.rate >= 1 || ThreadLocalRandom.current().nextDouble() < this.rate;
	}

	@Override
	public <A> @Nullable A beforeCall(Target<?, A> target, Exchange attempt) {
		throw new TargetFailureException(this.status, this.status + " injected", this.retryAfter);
	}

}
