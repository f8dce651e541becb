package io.github.agentresilience.autoconfigure.internal.fleet;

import java.util.concurrent.TimeUnit;

import io.github.agentresilience.fleet.internal.Fleet;

import org.springframework.context.SmartLifecycle;

/**
 * Joins the fleet before the application serves its first request, and does not wait for
 * it any longer than one notices.
 */
public final class FleetLifecycle implements SmartLifecycle {

	private static final long MOST_WAIT_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

	/** After the connection factory, before web servers. */
	private static final int PHASE = 1_000;

	private final Fleet fleet;

	private volatile boolean running;

	public FleetLifecycle(Fleet fleet) {
		this.fleet = fleet;
	}

	@Override
	public void start() {
		this.running = true;
		this.fleet.start(MOST_WAIT_NANOS);
	}

	@Override
	public void stop() {
		this.running = false;
		this.fleet.close();
	}

	@Override
	public boolean isRunning() {
		return this.running;
	}

	@Override
	public int getPhase() {
		return PHASE;
	}

}
