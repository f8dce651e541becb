package io.github.agentresilience.chain.internal.limit;

import java.util.SortedSet;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;

/**
 * The calls that wait for one target, who goes first in front. What there is, is handed
 * to one after the other; whoever is first has to be satisfied before the next is, or
 * many small calls would keep a large one waiting.
 */
final class Line {

	private static final long NEVER = Long.MIN_VALUE;

	/** A bucket that is short of a fraction may say that it needs no time. */
	private static final long SHORTEST_LOOK = 1_000_000;

	private final Limits limits;

	private final WaitingRoom room;

	private final ConcurrentSkipListSet<Waiting> waiting = new ConcurrentSkipListSet<>();

	/** One thread hands out at a time; who comes meanwhile has it look again. */
	private final AtomicInteger handingOut = new AtomicInteger();

	/** Until when nothing is handed out. */
	private volatile long pausedUntil = NEVER;

	/** When it is looked again what there is. */
	private volatile long nextLook = NEVER;

	private volatile @Nullable Disposable look;

	private final Slowness slowness;

	private final LongAdder waits = new LongAdder();

	private final LongAdder waitedNanos = new LongAdder();

	Line(Limits limits, WaitingRoom room) {
		this.limits = limits;
		this.room = room;
		this.slowness = new Slowness(room.time());
	}

	boolean isEmpty() {
		return this.waiting.isEmpty();
	}

	int length() {
		return this.waiting.size();
	}

	SortedSet<Waiting> all() {
		return this.waiting;
	}

	void add(Waiting call) {
		this.waiting.add(call);
	}

	void remove(Waiting call) {
		this.waiting.remove(call);
	}

	/**
	 * A call has waited, and is given what it needs.
	 * @param foretold how long its wait was to be
	 */
	void waited(long nanos, long foretold) {
		this.waits.increment();
		this.waitedNanos.add(nanos);
		foretold(foretold, nanos);
	}

	/** A wait was to be so long, and was so long. */
	void foretold(long nanos, long was) {
		this.slowness.waited(nanos, was);
	}

	/** How many times as long as foretold waits are of late. */
	double slowness() {
		return this.slowness.times();
	}

	long waits() {
		return this.waits.sum();
	}

	long waitedNanos() {
		return this.waitedNanos.sum();
	}

	void pause(long untilNanos) {
		this.pausedUntil = untilNanos;
		endWaitsInVain();
	}

	/** Less may be there than was thought when they began to wait. */
	void endWaitsInVain() {
		if (!this.waiting.isEmpty()) {
			Forecast.endWaitsInVain(this.limits, this.room.time().nanos());
		}
	}

	void resume() {
		this.pausedUntil = NEVER;
		handOut();
	}

	long pausedNanos() {
		long until = this.pausedUntil;
		return (until == NEVER) ? 0 : Math.max(0, until - this.room.time().nanos());
	}

	/** Gives those who wait what there is. */
	void handOut() {
		if (this.waiting.isEmpty() || this.handingOut.getAndIncrement() > 0) {
			return;
		}
		int seen = 1;
		do {
			handOutWhatThereIs();
			seen = this.handingOut.addAndGet(-seen);
		}
		while (seen > 0);
	}

	private void handOutWhatThereIs() {
		for (Waiting first = first(); first != null; first = first()) {
			long paused = pausedNanos();
			if (paused > 0) {
				lookAgainIn(paused);
				return;
			}
			Waiting.Place place = first.at(this.limits);
			Taken taken = this.limits.take(place.need(), false);
			if (!(taken instanceof Reservation reservation)) {
				if (taken == Taken.Denied.LIMITED) {
					lookAgainIn(this.limits.nanosUntilFree(place.need()));
				}
				return;
			}
			if (!first.grant(place, reservation)) {
				reservation.released();
			}
		}
	}

	private @Nullable Waiting first() {
		for (Waiting first : this.waiting) {
			if (first.isWaiting()) {
				return first;
			}
			this.waiting.remove(first);
		}
		return null;
	}

	/** Called by the one thread that hands out. */
	private void lookAgainIn(long nanos) {
		long wait = Math.max(nanos, SHORTEST_LOOK);
		long due = this.room.time().nanos() + wait;
		long planned = this.nextLook;
		if (planned != NEVER && planned - due <= 0) {
			return;
		}
		Disposable later = this.look;
		if (later != null) {
			later.dispose();
		}
		this.nextLook = due;
		this.look = this.room.later(() -> {
			this.nextLook = NEVER;
			handOut();
		}, wait);
	}

}
