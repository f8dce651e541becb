package io.github.agentresilience.chain.internal.limit;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

import io.github.agentresilience.chain.internal.policy.LimitPolicy;
import io.github.agentresilience.chain.internal.time.Time;
import io.github.agentresilience.chain.internal.wire.RateLimitHeaders;
import org.jspecify.annotations.Nullable;

/**
 * What there is to be had of one target: requests and tokens of a minute, what the target
 * says is left of its own limits, and places for attempts at once. What an attempt needs
 * is taken of all of them or of none. Who waits for it, it does not know.
 */
final class Capacity {

	private final Time time;

	private volatile @Nullable Rate requests;

	private volatile @Nullable Rate tokens;

	private final @Nullable LearnedLimits learned;

	private final @Nullable Slots slots;

	Capacity(LimitPolicy policy, Time time) {
		this.time = time;
		this.requests = (policy.requestsPerMinute() > 0) ? Rate.local(policy.requestsPerMinute(), time) : null;
		this.tokens = (policy.tokensPerMinute() > 0) ? Rate.local(policy.tokensPerMinute(), time) : null;
		this.slots = (policy.concurrency() != 0) ? new Slots(policy.concurrency()) : null;
		this.learned = policy.learn() ? new LearnedLimits(time) : null;
	}

	/**
	 * Has its rates counted together with other instances, from now on.
	 * @param more is run when there may be more than was known
	 */
	void share(Limits.Sharing sharing, Runnable more) {
		Rate ofRequests = this.requests;
		if (ofRequests != null) {
			this.requests = sharing.rate("requests", ofRequests.perMinute(), more);
		}
		Rate ofTokens = this.tokens;
		if (ofTokens != null) {
			this.tokens = sharing.rate("tokens", ofTokens.perMinute(), more);
		}
	}

	/**
	 * Takes what an attempt needs.
	 * @param limits whose it is
	 * @param mayWait whether the thread may wait a little for a rate that others share
	 */
	Taken take(Need need, Limits limits, boolean mayWait) {
		int atOnce = (this.slots != null) ? this.slots.tryTake() : 1;
		if (atOnce == 0) {
			return Taken.Denied.SATURATED;
		}
		if (this.requests != null && !this.requests.tryTake(1, mayWait)) {
			giveBackSlot();
			return Taken.Denied.LIMITED;
		}
		if (this.tokens != null && !this.tokens.tryTake(need.tokens(), mayWait)) {
			refund(0);
			giveBackSlot();
			return Taken.Denied.LIMITED;
		}
		if (this.learned != null && !this.learned.tryTake(need)) {
			refund(need.tokens());
			giveBackSlot();
			return Taken.Denied.LIMITED;
		}
		return new Reservation(limits, need, this.time.nanos(), atOnce);
	}

	/** What stands against an attempt where others wait for it. */
	Taken.Denied denied() {
		boolean byRate = this.requests != null || this.tokens != null || this.learned != null;
		return (this.slots != null && (!byRate || !this.slots.hasRoom())) ? Taken.Denied.SATURATED
				: Taken.Denied.LIMITED;
	}

	/** An attempt was not made: all but its place is given back. */
	void giveBack(Need need) {
		refund(need.tokens());
		if (this.learned != null) {
			this.learned.giveBack(need);
		}
	}

	private void refund(long reservedTokens) {
		if (this.requests != null) {
			this.requests.giveBack(1);
		}
		giveBackTokens(reservedTokens);
	}

	/**
	 * Gives back tokens that an attempt did not use.
	 * @return whether there are more now
	 */
	boolean giveBackTokens(long unused) {
		if (this.tokens == null || unused <= 0) {
			return false;
		}
		this.tokens.giveBack(unused);
		return true;
	}

	/** An attempt used more tokens than it had taken. */
	void takeMoreTokens(long more) {
		if (this.tokens != null) {
			this.tokens.takeMore(more);
		}
	}

	/**
	 * An attempt is no longer under way.
	 * @return whether there is a place now
	 */
	boolean giveBackSlot() {
		if (this.slots == null) {
			return false;
		}
		this.slots.giveBack();
		return true;
	}

	/**
	 * The answer to an attempt has come.
	 * @param since when it began
	 * @param status of HTTP
	 * @param header the first value of a header by its lower-case name
	 * @return whether there may be more now
	 */
	boolean answered(Need need, long since, int status, Function<String, @Nullable String> header) {
		if (this.learned == null) {
			return false;
		}
		this.learned.answered(need, since, status, header);
		return true;
	}

	/** There will be no answer to an attempt any more. */
	void unanswered(Need need) {
		if (this.learned != null) {
			this.learned.unanswered(need);
		}
	}

	/**
	 * What finds out how many attempts at once the target takes, {@code null} where that
	 * is given.
	 */
	@Nullable AdaptiveLimit adaptive() {
		return (this.slots != null) ? this.slots.adaptive() : null;
	}

	/** Whether there is a place for an attempt. */
	boolean hasSlot() {
		return this.slots == null || this.slots.hasRoom();
	}

	/**
	 * How long until a minute's requests and tokens suffice for an attempt if no other is
	 * made, in nanoseconds.
	 */
	long nanosUntil(Need need) {
		long ofRequests = (this.requests != null) ? this.requests.nanosUntil(1) : 0;
		long ofTokens = (this.tokens != null) ? this.tokens.nanosUntil(need.tokens()) : 0;
		long ofTarget = (this.learned != null) ? this.learned.nanosUntil(need) : 0;
		return Math.max(ofTarget, Math.max(ofRequests, ofTokens));
	}

	/**
	 * What there will be of all that.
	 * @param usualStay how long attempts occupy their places, in nanoseconds, 0 where
	 * that is not known or not counted
	 */
	List<Outlook.Part> parts(long usualStay) {
		List<Outlook.Part> parts = new ArrayList<>(4);
		if (this.requests != null) {
			parts.add(new Outlook.Part(RateLimitHeaders.Of.REQUESTS, this.requests.supply()));
		}
		if (this.tokens != null) {
			parts.add(new Outlook.Part(RateLimitHeaders.Of.TOKENS, this.tokens.supply()));
		}
		if (this.learned != null) {
			this.learned.addTo(parts);
		}
		if (this.slots != null && usualStay > 0) {
			int most = this.slots.most();
			parts.add(new Outlook.Part(RateLimitHeaders.Of.REQUESTS,
					Supply.flowing(most - this.slots.taken(), most, most / (double) usualStay)));
		}
		return parts;
	}

	/** {@code null} where requests are not limited, or no answer has told so yet. */
	@Nullable Long requestsLeft() {
		return least((this.requests != null) ? this.requests.left() : null,
				(this.learned != null) ? this.learned.left(RateLimitHeaders.Of.REQUESTS) : null);
	}

	/** The same of tokens; negative where answers took more than was reserved. */
	@Nullable Long tokensLeft() {
		return least((this.tokens != null) ? this.tokens.left() : null,
				(this.learned != null) ? this.learned.left(RateLimitHeaders.Of.TOKENS) : null);
	}

	private static @Nullable Long least(@Nullable Long one, @Nullable Long other) {
		if (one == null || other == null) {
			return (one != null) ? one : other;
		}
		return Math.min(one, other);
	}

	/** How many attempts may be under way, {@code null} where that is not limited. */
	@Nullable Integer concurrency() {
		return (this.slots != null) ? this.slots.most() : null;
	}

	/** How many attempts are under way; 0 where they are not counted. */
	int inFlight() {
		return (this.slots != null) ? this.slots.taken() : 0;
	}

}
