package io.github.agentresilience.chain.internal.limit;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

import io.github.agentresilience.chain.internal.time.Time;
import reactor.core.Disposable;

/**
 * Where the calls of one layer wait for targets that are over their limits. So many find
 * room there; the others fail at once, which is better than after a wait in vain.
 */
public final class WaitingRoom {

	private final int most;

	private final Time time;

	private final AtomicInteger waiting = new AtomicInteger();

	private final AtomicLong arrivals = new AtomicLong();

	/**
	 * A waiting room.
	 * @param most how many calls may wait at once
	 */
	public WaitingRoom(int most, Time time) {
		this.most = most;
		this.time = time;
	}

	Time time() {
		return this.time;
	}

	/** How many calls wait. */
	public int waiting() {
		return this.waiting.get();
	}

	/** How many may. */
	public int most() {
		return this.most;
	}

	boolean tryEnter() {
		int before = this.waiting.getAndUpdate((now) -> now < this.most ? now + 1 : now);
		return before < this.most;
	}

	void left() {
		this.waiting.decrementAndGet();
	}

	/** Counts those who come. */
	long arrived() {
		return this.arrivals.incrementAndGet();
	}

	/** Runs what neither blocks nor throws, later. */
	Disposable later(Runnable task, long nanos) {
		return this.time.schedule(task, nanos, Runnable::run);
	}

}
