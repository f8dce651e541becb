package io.github.agentresilience.chain.internal.limit;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;

import org.jspecify.annotations.Nullable;

/**
 * One call that waits for the first of several targets to have room for it. It stands in
 * the line of each of them, and is given what it needs by one.
 */
public final class Waiting implements Comparable<Waiting> {

	/**
	 * A wait must be so much shorter than it may be: others that go before it may come,
	 * and targets may refuse what should have been there.
	 */
	private static final double CAUTION = 1.1;

	private static final Object WAITS = new Object();

	private static final Object GONE = new Object();

	private final Precedence precedence;

	/** What comes first of equals. */
	private final long arrival;

	private final List<Place> places;

	private final WaitingRoom room;

	/** {@link #WAITS}, then {@link #GONE} or a {@link Grant}. */
	private final AtomicReference<Object> state = new AtomicReference<>(WAITS);

	private final CompletableFuture<Boolean> over = new CompletableFuture<>();

	/** By when it must have been given what it needs. */
	private final long until;

	private volatile long since;

	/** How long its wait was to be. */
	private volatile long foretold;

	/**
	 * A call that may wait.
	 * @param places what it waits for, what it prefers first
	 * @param before how it has waited before, which keeps its place for it; {@code null}
	 * where it has not
	 * @param nanos how long the call has
	 */
	public Waiting(Precedence precedence, List<Place> places, @Nullable Waiting before, long nanos) {
		this.precedence = precedence;
		this.places = places;
		this.room = places.get(0).limits().room();
		this.arrival = (before != null) ? before.arrival : this.room.arrived();
		this.until = this.room.time().nanos() + Math.max(0, nanos - quickest(places));
	}

	/**
	 * Takes its place in the lines.
	 * @return whether there was room
	 */
	public boolean begin() {
		if (!this.room.tryEnter()) {
			return false;
		}
		this.since = this.room.time().nanos();
		for (Place place : this.places) {
			place.limits().line().add(this);
		}
		// It may just have become free
		handOut();
		return true;
	}

	private void handOut() {
		for (Place place : this.places) {
			place.limits().line().handOut();
		}
	}

	/** Done when it has been given what it needs, or will not be in time. */
	public CompletableFuture<Boolean> over() {
		return this.over;
	}

	/**
	 * Waits no longer.
	 * @return what it was given, {@code null} for nothing
	 */
	public @Nullable Grant end() {
		if (this.state.compareAndSet(WAITS, GONE)) {
			if (remainingNanos() == 0) {
				tookAtLeast(this.room.time().nanos() - this.since);
			}
			leave();
			return null;
		}
		return (this.state.get() instanceof Grant grant) ? grant : null;
	}

	/**
	 * It has become clear that it would not be its turn in time.
	 * @param nanos how long it would be until then
	 */
	void endInVain(long nanos) {
		if (this.state.compareAndSet(WAITS, GONE)) {
			tookAtLeast(this.room.time().nanos() - this.since + nanos);
			leave();
			this.over.complete(false);
		}
	}

	private void tookAtLeast(long nanos) {
		this.places.forEach((place) -> place.limits().line().foretold(this.foretold, nanos));
	}

	/** Gives up, and gives back what it has just been given. */
	public void giveUp() {
		Grant grant = end();
		if (grant != null) {
			grant.reservation().released();
		}
	}

	/**
	 * Whoever is given what it needs must have the time to be answered, or that is lost
	 * for others.
	 */
	private static long quickest(List<Place> places) {
		long quickest = Long.MAX_VALUE;
		for (Place place : places) {
			quickest = Math.min(quickest, place.limits().usualStay());
		}
		return quickest;
	}

	/** How long it may wait, in nanoseconds. */
	public long remainingNanos() {
		return Math.max(0, this.until - this.room.time().nanos());
	}

	/**
	 * Whether it will be given what it needs within that time, as far as that can be
	 * told.
	 */
	public boolean isInTime() {
		long remaining = remainingNanos();
		if (remaining <= 0) {
			return false;
		}
		this.foretold = Forecast.nanosUntilServed(this);
		double slowness = 1;
		for (Place place : this.places) {
			slowness = Math.max(slowness, place.limits().line().slowness());
		}
		return this.foretold * CAUTION * slowness <= remaining;
	}

	/** By when it must have been given what it needs, on the clock of the room. */
	long untilNanos() {
		return this.until;
	}

	List<Place> places() {
		return this.places;
	}

	boolean isWaiting() {
		return this.state.get() == WAITS;
	}

	/** What it needs of a target. */
	Place at(Limits limits) {
		for (Place place : this.places) {
			if (place.limits() == limits) {
				return place;
			}
		}
		throw new IllegalStateException("It does not stand in that line");
	}

	/**
	 * Is given what it needs.
	 * @return whether it still waited
	 */
	boolean grant(Place place, Reservation reservation) {
		if (!this.state.compareAndSet(WAITS, new Grant(place.rank(), reservation))) {
			return false;
		}
		place.limits().line().waited(this.room.time().nanos() - this.since, this.foretold);
		leave();
		this.over.complete(true);
		return true;
	}

	private void leave() {
		this.room.left();
		for (Place place : this.places) {
			place.limits().line().remove(this);
		}
		// It may have stood before others that need less
		handOut();
	}

	@Override
	public int compareTo(Waiting other) {
		int byPrecedence = this.precedence.compareTo(other.precedence);
		return (byPrecedence != 0) ? byPrecedence : Long.compare(this.arrival, other.arrival);
	}

	/** Of one call, wherever it stands. */
	@Override
	public boolean equals(@Nullable Object other) {
		return other instanceof Waiting waiting && compareTo(waiting) == 0;
	}

	@Override
	public int hashCode() {
		return Long.hashCode(this.arrival);
	}

	/**
	 * One of the targets that a call waits for.
	 *
	 * @param rank where it stands in the order of the call
	 * @param need what the call needs of its tokens
	 */
	public record Place(Limits limits, int rank, Need need) {
	}

	/**
	 * What a call was given.
	 *
	 * @param rank where the target that gave it stands in the order of the call
	 */
	public record Grant(int rank, Reservation reservation) {
	}

}
