package io.github.agentresilience.autoconfigure.internal.fleet;

import java.time.Duration;

import io.github.agentresilience.chain.internal.time.Nanos;
import io.github.agentresilience.chain.internal.time.Time;
import io.github.agentresilience.chaos.internal.experiment.OneAtATime;
import io.github.agentresilience.fleet.internal.Fleet;

/**
 * Has the instances of a fleet run experiments one after the other, by a lock that
 * expires. Where the store cannot be reached, an instance runs them by itself.
 */
public final class SharedExperiments implements OneAtATime {

	private static final String RUNNING = "experiment";

	private static final Duration LOOK_EVERY = Duration.ofSeconds(1);

	private final Fleet fleet;

	private final Time time;

	public SharedExperiments(Fleet fleet, Time time) {
		this.fleet = fleet;
		this.time = time;
	}

	@Override
	public void enter(Duration most) throws InterruptedException {
		for (Duration others = lock(most); !others.isZero(); others = lock(most)) {
			this.time.sleep(Math.min(Nanos.of(others), Nanos.of(LOOK_EVERY)));
		}
	}

	private Duration lock(Duration most) throws InterruptedException {
		return this.fleet.locks().lock(RUNNING, most);
	}

	@Override
	public void leave() {
		this.fleet.locks().unlock(RUNNING);
	}

	@Override
	public boolean isFirst(String occasion, Duration most) {
		try {
			return this.fleet.locks().lock(RUNNING + "/" + occasion, most).isZero();
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			return false;
		}
	}

}
