package io.github.agentresilience.chain.internal.limit;

import java.util.concurrent.TimeUnit;

import io.github.agentresilience.chain.internal.time.Time;

/**
 * So many units a minute: requests, or tokens. As providers count them: a full bucket may
 * be emptied at once, and fills up again evenly over a minute.
 */
public abstract class Rate {

	private static final double MINUTE = TimeUnit.MINUTES.toNanos(1);

	private final long perMinute;

	/**
	 * A rate.
	 * @param perMinute the most that there is at once, and what comes in a minute
	 */
	protected Rate(long perMinute) {
		this.perMinute = perMinute;
	}

	/** A rate that this instance has to itself. */
	public static Rate local(long perMinute, Time time) {
		return new LocalRate(perMinute, time);
	}

	/**
	 * Takes units, where there are as many. More than there ever are at once are taken
	 * when the bucket is full, and leave it in debt, which is paid off in time.
	 * @param mayWait whether the thread may wait a little for those who know how many
	 * there are; else they may be refused once and be there a little later
	 * @return whether they were taken
	 */
	public abstract boolean tryTake(long units, boolean mayWait);

	/** Takes units, whether there are as many or not. */
	public abstract void takeMore(long units);

	/** Gives back what was taken. */
	public abstract void giveBack(long units);

	/** What is left, negative where there is a debt. */
	public abstract long left();

	/** How long until so many can be taken if none else are, in nanoseconds. */
	public abstract long nanosUntil(long units);

	public final long perMinute() {
		return this.perMinute;
	}

	/** As many of them as there ever are at once. */
	protected final long atOnce(long units) {
		return Math.min(units, this.perMinute);
	}

	/** How many come in a minute. */
	protected long flow() {
		return this.perMinute;
	}

	/** What there will be. */
	final Supply supply() {
		double perNano = flow() / MINUTE;
		long left = left();
		if (left >= this.perMinute) {
			return Supply.flowing(left, this.perMinute, perNano);
		}
		// A part of the next one has come
		long next = Math.max(1, left + 1);
		return Supply.flowing(next - nanosUntil(next) * perNano, this.perMinute, perNano);
	}

}
