package io.github.agentresilience.chain.internal.limit;

import java.util.function.Function;

import io.github.agentresilience.chain.TokenUsage;
import io.github.agentresilience.chain.internal.policy.LimitPolicy;
import org.jspecify.annotations.Nullable;

/**
 * The limits of one target, whichever chains ask it. An attempt takes of its capacity
 * what it needs; where calls wait for that, it takes its turn behind them.
 */
public final class Limits {

	/** Of recent attempts, each counts so much. */
	private static final double WEIGHT_OF_LATEST = 0.1;

	private final LimitPolicy policy;

	private final WaitingRoom room;

	private final Capacity capacity;

	private final Line line;

	/** How long answers are of late, for calls that do not say how long theirs may be. */
	private volatile double usualAnswer;

	/** How long attempts are under way of late, in nanoseconds. */
	private volatile double usualStay;

	private Limits(LimitPolicy policy, WaitingRoom room) {
		this.policy = policy;
		this.room = room;
		this.capacity = new Capacity(policy, room.time());
		this.line = new Line(this, room);
	}

	/**
	 * The limits of a policy.
	 * @param room where calls wait that find the target over its limits
	 * @return {@code null} where it has none, so that calls pay nothing
	 */
	public static @Nullable Limits of(LimitPolicy policy, WaitingRoom room) {
		return policy.hasAny() ? new Limits(policy, room) : null;
	}

	/** Has its rates counted together with other instances, from now on. */
	public void share(Sharing sharing) {
		this.capacity.share(sharing, this.line::handOut);
	}

	public LimitPolicy policy() {
		return this.policy;
	}

	/** Where calls wait that find the target over its limits. */
	public WaitingRoom room() {
		return this.room;
	}

	Line line() {
		return this.line;
	}

	/**
	 * Takes what one attempt needs.
	 * @param estimate about how many tokens that is, {@code null} where it is not known
	 * @param position where the target stands in the chain of the estimate, from 0
	 */
	public Taken tryTake(@Nullable TokenEstimate estimate, int position) {
		return this.line.isEmpty() ? take(need(estimate, position), true) : this.capacity.denied();
	}

	/**
	 * The same for whoever is first in the line.
	 * @param mayWait whether the thread may wait a little for a rate that others share
	 */
	Taken take(Need need, boolean mayWait) {
		return this.capacity.take(need, this, mayWait);
	}

	private Need need(@Nullable TokenEstimate estimate, int position) {
		if (estimate == null || !this.policy.countsTokens()) {
			return Need.UNKNOWN;
		}
		int most = estimate.output(position);
		long input = estimate.input();
		long output = (most > 0) ? most : Math.round(this.usualAnswer);
		return new Need(input + output, input, output, most > 0);
	}

	/**
	 * What a call that waits needs of the target.
	 * @param rank where the target stands in the order of the call
	 * @param position where it stands in the chain of the estimate
	 */
	public Waiting.Place place(int rank, @Nullable TokenEstimate estimate, int position) {
		return new Waiting.Place(this, rank, need(estimate, position));
	}

	/** Whether an attempt could take what it needs, as far as can be seen. */
	public boolean hasRoom(@Nullable TokenEstimate estimate, int position) {
		return this.line.isEmpty() && this.capacity.hasSlot()
				&& this.capacity.nanosUntil(need(estimate, position)) == 0;
	}

	/**
	 * How long until a minute's requests and tokens suffice for an attempt if no other is
	 * made, in nanoseconds.
	 */
	long nanosUntilFree(Need need) {
		return this.capacity.nanosUntil(need);
	}

	/**
	 * What there will be for those who wait.
	 * @param ofPlaces whether it counts how long attempts occupy their places
	 */
	Outlook outlook(boolean ofPlaces) {
		return new Outlook(this, this.line.pausedNanos(), this.capacity.parts(ofPlaces ? usualStay() : 0));
	}

	/**
	 * How long until a call that comes then finds room, in nanoseconds, as far as that
	 * can be told.
	 * @param forecast of several targets, this one among them
	 */
	public long nanosUntilRoom(Forecast forecast, @Nullable TokenEstimate estimate, int position) {
		return forecast.nanosUntilRoom(this, need(estimate, position));
	}

	/** How long attempts are under way of late, in nanoseconds; 0 before the first. */
	long usualStay() {
		return (long) this.usualStay;
	}

	/** Calls that wait are given nothing until then. */
	public void pause(long untilNanos) {
		this.line.pause(untilNanos);
	}

	/** Calls that wait are given what there is again. */
	public void resume() {
		this.line.resume();
	}

	/**
	 * What is left of the requests of a minute, {@code null} where they are not limited,
	 * or no answer has said so yet.
	 */
	public @Nullable Long requestsLeft() {
		return this.capacity.requestsLeft();
	}

	/**
	 * The same of the tokens; negative where answers took more than was known beforehand.
	 */
	public @Nullable Long tokensLeft() {
		return this.capacity.tokensLeft();
	}

	/** How many attempts may be under way, {@code null} where that is not limited. */
	public @Nullable Integer concurrency() {
		return this.capacity.concurrency();
	}

	/** How many attempts are under way; 0 where nobody counts. */
	public int inFlight() {
		return this.capacity.inFlight();
	}

	/** How many calls wait for it, those among them that wait for others too. */
	public int waiting() {
		return this.line.length();
	}

	/** How many calls have waited and were then let through. */
	public long waits() {
		return this.line.waits();
	}

	/** How long they have waited together, in nanoseconds. */
	public long waitedNanos() {
		return this.line.waitedNanos();
	}

	/** The tokens of an attempt are known now. */
	void used(Need need, TokenUsage used) {
		if (!need.whole()) {
			// Two that come at once may overwrite each other, which costs one its say
			this.usualAnswer = mean(this.usualAnswer, used.output());
		}
		this.capacity.takeMoreTokens(used.total() - need.tokens());
		giveBackTokens(need.tokens() - used.total());
	}

	private static double mean(double before, double latest) {
		return (before == 0) ? latest : before + WEIGHT_OF_LATEST * (latest - before);
	}

	void giveBackTokens(long reserved) {
		if (this.capacity.giveBackTokens(reserved)) {
			this.line.handOut();
		}
	}

	/** An attempt was not made. */
	void giveBack(Need need) {
		this.capacity.giveBack(need);
		this.line.handOut();
	}

	/**
	 * The answer to an attempt has come.
	 * @param since when it began
	 * @param status of HTTP
	 * @param header the first value of a header by its lower-case name
	 */
	void answered(Need need, long since, int status, Function<String, @Nullable String> header) {
		if (this.capacity.answered(need, since, status, header)) {
			this.line.handOut();
			this.line.endWaitsInVain();
		}
	}

	/** There will be no answer to an attempt any more. */
	void unanswered(Need need) {
		this.capacity.unanswered(need);
	}

	/**
	 * An attempt was answered, or is known to take longer.
	 * @param since when it took its place
	 * @param nanos how long the target took until it began to answer
	 * @param atOnce how many attempts were under way when it began
	 */
	void measured(long since, long nanos, int atOnce) {
		AdaptiveLimit adaptive = this.capacity.adaptive();
		if (adaptive != null) {
			int before = adaptive.get();
			adaptive.answered(since, nanos, this.room.time().nanos() - since, atOnce);
			if (adaptive.get() > before) {
				this.line.handOut();
			}
		}
	}

	/** The target refused an attempt because it is overloaded. */
	void overloaded(long since, int atOnce) {
		AdaptiveLimit adaptive = this.capacity.adaptive();
		if (adaptive != null) {
			adaptive.refused(since, this.room.time().nanos(), atOnce);
		}
	}

	/**
	 * An attempt is no longer under way.
	 * @param since when it took its place
	 * @param sent whether it was made
	 */
	void left(long since, boolean sent) {
		if (sent) {
			this.usualStay = mean(this.usualStay, this.room.time().nanos() - since);
		}
		if (this.capacity.giveBackSlot()) {
			this.line.handOut();
		}
	}

	/**
	 * Makes rates that several instances share.
	 */
	@FunctionalInterface
	public interface Sharing {

		/**
		 * A rate.
		 * @param of what is counted
		 * @param more is run when there may be more than was known; it does not wait
		 */
		Rate rate(String of, long perMinute, Runnable more);

	}

}
