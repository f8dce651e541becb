package io.github.agentresilience.mcp.internal.transport;

import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * How long a connection that carries everything waits before it is made again. Calls wait
 * with it, so only a server that dies before it has answered any of them is given time,
 * more and more of it: a process that exits at once would be started over and over. One
 * that has answered is connected again at once, since its breaker opens after calls that
 * kill it. So is one that refuses connections, because that costs nothing.
 */
public final class RestartPace {

	private static final Duration FIRST_WAIT = Duration.ofMillis(250);

	private static final Duration LONGEST_WAIT = Duration.ofSeconds(10);

	/** A server that has run for so long is stable, even where it was never asked. */
	private static final Duration STABLE_AFTER = Duration.ofSeconds(30);

	private final LongSupplier nanoTime;

	private boolean used;

	private int restarts;

	private long madeAt;

	private volatile boolean refused;

	private volatile boolean answered;

	/**
	 * No connection yet.
	 * @param nanoTime the clock
	 */
	public RestartPace(LongSupplier nanoTime) {
		this.nanoTime = nanoTime;
	}

	/**
	 * A connection is about to be made. Calls come one after the other.
	 * @return what is waited before
	 */
	public Duration next() {
		long lived = this.nanoTime.getAsLong() - this.madeAt;
		Duration wait = Duration.ZERO;
		if (this.used && !this.refused) {
			boolean wasWell = this.answered || lived > STABLE_AFTER.toNanos();
			this.restarts = wasWell ? 0 : this.restarts + 1;
			wait = waitBefore(this.restarts);
		}
		this.used = true;
		this.refused = false;
		this.answered = false;
		this.madeAt = this.nanoTime.getAsLong() + wait.toNanos();
		return wait;
	}

	private static Duration waitBefore(int restart) {
		if (restart == 0) {
			return Duration.ZERO;
		}
		Duration wait = FIRST_WAIT.multipliedBy(1L << Math.min(restart - 1, 10));
		return (wait.compareTo(LONGEST_WAIT) < 0) ? wait : LONGEST_WAIT;
	}

	/** The connection was not made. */
	public void refused() {
		this.refused = true;
	}

	/** The server has answered a request. */
	public void answered() {
		this.answered = true;
	}

}
