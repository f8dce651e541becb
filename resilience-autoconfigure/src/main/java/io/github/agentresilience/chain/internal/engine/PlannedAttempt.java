package io.github.agentresilience.chain.internal.engine;

import java.util.concurrent.atomic.AtomicLong;

import io.github.agentresilience.chain.Attempt;
import io.github.agentresilience.chain.internal.budget.RetryBudget;
import io.github.agentresilience.chain.internal.guard.GuardedTarget;
import io.github.agentresilience.chain.internal.route.Member;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import org.jspecify.annotations.Nullable;

/**
 * What is decided of an attempt before it is made: which target is asked, when, for how
 * long, and why. A superclass and no part of its own, because every call has at least one
 * of them.
 *
 * @param <Q> the request
 * @param <A> the answer
 */
abstract sealed class PlannedAttempt<Q, A> implements Attempt permits ActiveAttempt {

	private static final AtomicLong IDS = new AtomicLong();

	private final long id = IDS.incrementAndGet();

	private final long delayNanos;

	private final long timeoutNanos;

	private final ActiveCall call;

	private final Member<Q, A> member;

	private final Role role;

	// Narrow, because every attempt has them and every byte is one of each call

	private final short rank;

	private final short ordinal;

	private final short tryOnTarget;

	private final boolean cutShort;

	/**
	 * The place of its grant among those there are, from 1; 0 where it has none.
	 */
	private byte grant;

	/**
	 * An attempt to be made.
	 * @param rank where the target stands in the order of this call, from 0
	 * @param ordinal counts the attempts of the call, from 1
	 * @param tryOnTarget counts the attempts of the call on this target, from 1
	 * @param cutShort whether it has less time than its target wants
	 */
	PlannedAttempt(ActiveCall call, Member<Q, A> member, int rank, int ordinal, int tryOnTarget, Role role,
			long delayNanos, long timeoutNanos, boolean cutShort) {
		this.call = call;
		this.member = member;
		this.rank = (short) Math.min(rank, Short.MAX_VALUE);
		this.ordinal = (short) Math.min(ordinal, Short.MAX_VALUE);
		this.tryOnTarget = (short) Math.min(tryOnTarget, Short.MAX_VALUE);
		this.role = role;
		this.delayNanos = delayNanos;
		this.timeoutNanos = timeoutNanos;
		this.cutShort = cutShort;
	}

	@Override
	public long id() {
		return this.id;
	}

	@Override
	public ActiveCall call() {
		return this.call;
	}

	@Override
	public String target() {
		return this.member.target().name();
	}

	GuardedTarget<Q, A> guard() {
		return this.member.target();
	}

	@Override
	public int position() {
		return this.member.position();
	}

	/**
	 * Where the target stands in the order of this call, from 0; routing may order each
	 * call in its own way.
	 */
	int rank() {
		return this.rank;
	}

	@Override
	public int ordinal() {
		return this.ordinal;
	}

	@Override
	public int tryOnTarget() {
		return this.tryOnTarget;
	}

	@Override
	public boolean isFallback() {
		return this.rank > 0;
	}

	@Override
	public boolean isBreakerBypass() {
		return this.role == Role.BREAKER_BYPASS;
	}

	@Override
	public boolean isProbe() {
		return this.role == Role.PROBE;
	}

	@Override
	public boolean isHedge() {
		return this.role == Role.HEDGE || isBackup();
	}

	@Override
	public boolean isBackup() {
		return this.role == Role.BACKUP;
	}

	@Override
	public boolean isTrial() {
		return guard().breaker().getState() == CircuitBreaker.State.HALF_OPEN;
	}

	/** Whether it is a retry on the target that the call has come to. */
	boolean isRetry() {
		return this.role == Role.RETRY;
	}

	@Override
	public long delayNanos() {
		return this.delayNanos;
	}

	@Override
	public long timeoutNanos() {
		return this.timeoutNanos;
	}

	boolean isCutShort() {
		return this.cutShort;
	}

	/** What it took from the retry budget, {@code null} where it needed nothing. */
	RetryBudget.@Nullable Grant grant() {
		return (this.grant == 0) ? null : RetryBudget.Grant.values()[this.grant - 1];
	}

	void granted(RetryBudget.Grant fromBudget) {
		this.grant = (byte) (fromBudget.ordinal() + 1);
	}

	/** Why the attempt is made. */
	enum Role {

		REGULAR, RETRY, BREAKER_BYPASS, HEDGE, BACKUP, PROBE

	}

}
