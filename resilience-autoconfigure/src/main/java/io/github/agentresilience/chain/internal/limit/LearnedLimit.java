package io.github.agentresilience.chain.internal.limit;

import java.time.Duration;

import io.github.agentresilience.chain.internal.time.Nanos;
import io.github.agentresilience.chain.internal.wire.RateLimitHeaders;
import org.jspecify.annotations.Nullable;

/**
 * One limit that a target tells of in its answers: what it said last, and what has been
 * taken since. Not safe for threads.
 */
final class LearnedLimit {

	private static final long UNKNOWN = -1;

	/**
	 * What a header says is not believed for longer. Where it is true, the target says it
	 * again.
	 */
	private static final long LONGEST = Nanos.of(Duration.ofMinutes(1));

	private final RateLimitHeaders.Source source;

	private final Refill refill = new Refill();

	/** What attempts have taken whose answers have not come. */
	private long unanswered;

	/** What has been taken of what was left. */
	private long taken;

	private long remaining;

	private long limit;

	private long readAt;

	/**
	 * The least that answers have said since one that was counted after all before it.
	 */
	private long least;

	private long resetAt;

	/** What comes back in a nanosecond, where it flows. */
	private double perNano;

	/** The longest that there was to a reset, which is how long it all takes. */
	private long window;

	private boolean known;

	/** Whether the reset has passed since, and no answer has said what is left now. */
	private boolean presumed;

	LearnedLimit(RateLimitHeaders.Source source) {
		this.source = source;
	}

	private long of(Need need) {
		return need.of(this.source.of());
	}

	void take(Need need) {
		this.unanswered += of(need);
		this.taken += of(need);
	}

	/** What an attempt took that was not made. */
	void giveBack(Need need) {
		this.unanswered -= of(need);
		this.taken = Math.max(0, this.taken - of(need));
	}

	/** There will be no answer to an attempt. */
	void unanswered(Need need) {
		this.unanswered -= of(need);
	}

	/**
	 * A good answer says nothing of the limit. One that is told of in refusals only is
	 * over with its reset.
	 */
	void unmentioned(long nowNanos) {
		passReset(nowNanos);
		if (this.presumed) {
			this.known = false;
		}
	}

	/**
	 * An answer says what is left. What is under way then, it may not have counted, nor
	 * what was under way together with it: answers do not come in the order in which they
	 * were counted.
	 * @param since when the attempt began
	 * @param refused whether the target refused it
	 */
	void read(RateLimitHeaders.Reading reading, long since, boolean refused, long nowNanos) {
		long left = reading.remaining();
		passReset(nowNanos);
		if (!this.known || this.presumed || since - this.readAt >= 0) {
			this.least = left;
			read(left, reading, nowNanos);
		}
		else {
			this.least = Math.min(this.least, left);
			if (this.unanswered == 0) {
				read(this.least, reading, nowNanos);
			}
			else if (left - this.unanswered < there(nowNanos) - this.taken) {
				read(left, reading, nowNanos);
			}
		}
		if (!refused) {
			this.refill.accepted();
		}
		else if (left == 0) {
			this.refill.refused(since, nowNanos);
		}
	}

	private void read(long left, RateLimitHeaders.Reading reading, long nowNanos) {
		long resetNanos = reading.reset().isNegative() ? 0 : Nanos.of(reading.reset());
		this.known = true;
		this.presumed = false;
		this.remaining = left;
		// Where there is never anything, nobody could find out that there is something
		this.limit = (reading.limit() != null && reading.limit() >= Math.max(1, left)) ? reading.limit() : UNKNOWN;
		this.readAt = nowNanos;
		this.resetAt = nowNanos + Math.min(LONGEST, resetNanos);
		this.window = Math.max(this.window, Math.min(LONGEST, resetNanos));
		this.taken = this.unanswered;
		if (this.limit > left) {
			this.perNano = (this.limit - left) / (double) Math.max(1, resetNanos);
		}
		this.refill.read(left, this.limit, nowNanos, resetNanos);
	}

	/**
	 * At its reset all is there again, whatever becomes of the attempts that are made
	 * from then on: what they take comes back after another window, or little by little.
	 */
	private void passReset(long nowNanos) {
		if (!this.known || nowNanos - this.resetAt < 0) {
			return;
		}
		this.presumed = true;
		if (!isWindowed()) {
			long full = this.resetAt + (long) Math.min(LONGEST, Math.ceil(this.taken / this.perNano));
			boolean over = nowNanos - full >= 0;
			this.remaining = over ? this.limit : this.limit - this.taken;
			this.readAt = over ? nowNanos : this.resetAt;
			this.resetAt = over ? nowNanos : full;
			this.taken = 0;
		}
		else if (this.limit == UNKNOWN || this.window == 0) {
			this.known = false;
		}
		else {
			this.remaining = this.limit;
			this.readAt = nowNanos;
			this.resetAt += ((nowNanos - this.resetAt) / this.window + 1) * this.window;
			this.taken = this.unanswered;
		}
	}

	/** Whether nothing comes back before the reset. */
	private boolean isWindowed() {
		return this.source.isWindowed() || this.limit == UNKNOWN || this.perNano == 0 || this.refill.isWindowed();
	}

	boolean suffices(Need need, long nowNanos) {
		passReset(nowNanos);
		return !this.known || there(nowNanos) - this.taken >= wanted(need);
	}

	/** More than there ever are go out when nothing is used. */
	private long wanted(Need need) {
		return Math.max(1, (this.limit != UNKNOWN) ? Math.min(of(need), this.limit) : of(need));
	}

	private double there(long nowNanos) {
		long since = nowNanos - this.readAt;
		return isWindowed() ? this.remaining : Math.min(this.limit, this.remaining + since * this.perNano);
	}

	/** How long until there is enough if nothing else is taken, in nanoseconds. */
	long nanosUntil(Need need, long nowNanos) {
		if (suffices(need, nowNanos)) {
			return 0;
		}
		long untilReset = Math.max(0, this.resetAt - nowNanos);
		if (isWindowed()) {
			return untilReset;
		}
		double missing = wanted(need) + this.taken - there(nowNanos);
		return (long) Math.min(untilReset, Math.ceil(missing / this.perNano));
	}

	/** {@code null} where nothing is known, or soon nothing will be. */
	@Nullable Supply supply(long nowNanos) {
		passReset(nowNanos);
		if (!this.known) {
			return null;
		}
		double left = there(nowNanos) - this.taken;
		double untilReset = Math.max(0, this.resetAt - nowNanos);
		if (this.limit == UNKNOWN) {
			return Supply.windowed(left, Double.MAX_VALUE, untilReset, LONGEST);
		}
		return isWindowed() ? Supply.windowed(left, this.limit, untilReset, this.window)
				: Supply.flowing(left, this.limit, this.perNano);
	}

	/** What is left, as far as the target has told; {@code null} where it has not. */
	@Nullable Long left(long nowNanos) {
		passReset(nowNanos);
		double left = this.known ? there(nowNanos) - this.taken : Double.MAX_VALUE;
		return (left < Long.MAX_VALUE) ? Long.valueOf((long) Math.max(0, Math.floor(left))) : null;
	}

}
