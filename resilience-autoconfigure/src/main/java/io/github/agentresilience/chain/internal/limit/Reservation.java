package io.github.agentresilience.chain.internal.limit;

import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import java.util.function.Function;

import io.github.agentresilience.chain.TokenUsage;
import org.jspecify.annotations.Nullable;

/**
 * What one attempt has taken of its target's limits: a request, tokens by an estimate,
 * and a place among those at once. Each is settled once; what comes later changes
 * nothing.
 */
public final class Reservation implements Taken {

	private static final AtomicIntegerFieldUpdater<Reservation> UNSETTLED = AtomicIntegerFieldUpdater
		.newUpdater(Reservation.class, "unsettled");

	private static final AtomicIntegerFieldUpdater<Reservation> IN_PLACE = AtomicIntegerFieldUpdater
		.newUpdater(Reservation.class, "inPlace");

	private static final AtomicIntegerFieldUpdater<Reservation> ANSWER_DUE = AtomicIntegerFieldUpdater
		.newUpdater(Reservation.class, "answerDue");

	private final Limits limits;

	private final Need need;

	private final long since;

	private final int atOnce;

	private volatile int unsettled = 1;

	private volatile int inPlace = 1;

	private volatile int answerDue = 1;

	private volatile boolean sent;

	/**
	 * What has been taken.
	 * @param atOnce how many attempts are under way with this one
	 */
	Reservation(Limits limits, Need need, long nowNanos, int atOnce) {
		this.since = nowNanos;
		this.atOnce = atOnce;
		this.limits = limits;
		this.need = need;
	}

	/** The request is about to go out, so that it counts whatever comes of it. */
	public void sent() {
		this.sent = true;
	}

	/**
	 * The target has answered, or may have begun to.
	 * @param used the tokens that it says it used, {@code null} where it does not: then
	 * the estimate stands
	 */
	public void used(@Nullable TokenUsage used) {
		if (UNSETTLED.compareAndSet(this, 1, 0) && used != null) {
			this.limits.used(this.need, used);
		}
	}

	/** The target refused the request, or never had it: it used no tokens. */
	public void unused() {
		if (UNSETTLED.compareAndSet(this, 1, 0)) {
			this.limits.giveBackTokens(this.need.tokens());
		}
	}

	/**
	 * The answer has come, or begins to.
	 * @param status of HTTP
	 * @param header the first value of a header by its lower-case name
	 */
	public void answered(int status, Function<String, @Nullable String> header) {
		if (ANSWER_DUE.compareAndSet(this, 1, 0)) {
			this.limits.answered(this.need, this.since, status, header);
		}
	}

	/**
	 * How long the target took tells how many attempts at once it takes.
	 * @param nanos until it began to answer, or at least so long
	 */
	public void measured(long nanos) {
		this.limits.measured(this.since, nanos, this.atOnce);
	}

	/** The target refused the request because it is overloaded. */
	public void overloaded() {
		this.limits.overloaded(this.since, this.atOnce);
	}

	/** The target is no longer being asked. */
	public void left() {
		if (this.sent && ANSWER_DUE.compareAndSet(this, 1, 0)) {
			this.limits.unanswered(this.need);
		}
		if (IN_PLACE.compareAndSet(this, 1, 0)) {
			this.limits.left(this.since, this.sent);
		}
	}

	/**
	 * Whoever holds it is done with it. Where nothing has been sent, it is as if it had
	 * not been taken.
	 */
	public void released() {
		if (this.sent) {
			used(null);
			return;
		}
		if (UNSETTLED.compareAndSet(this, 1, 0)) {
			ANSWER_DUE.set(this, 0);
			this.limits.giveBack(this.need);
		}
		left();
	}

}
