package io.github.agentresilience.chain.internal.engine;

import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import java.util.function.Function;

import io.github.agentresilience.chain.Failure;
import io.github.agentresilience.chain.TokenUsage;
import io.github.agentresilience.chain.internal.budget.Expense;
import io.github.agentresilience.chain.internal.guard.Permit;
import io.github.agentresilience.chain.internal.limit.TokenEstimate;
import io.github.agentresilience.chain.internal.policy.Price;
import io.github.agentresilience.chain.internal.route.Member;
import io.github.agentresilience.chain.internal.time.Cancellation;
import io.github.agentresilience.chain.internal.time.Overtime;
import io.github.agentresilience.chain.internal.time.OvertimeRule;
import io.github.agentresilience.chain.internal.time.Time;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import org.jspecify.annotations.Nullable;

/**
 * One asking of one target, and the decision of a {@link ChainRun} to make it. How it is
 * cancelled, what its target says of it, what its target's breaker hears of it and how it
 * went are objects of their own.
 *
 * @param <Q> the request
 * @param <A> the answer
 */
final class ActiveAttempt<Q, A> extends PlannedAttempt<Q, A> implements Decision<Q, A>, OvertimeRule {

	@SuppressWarnings("rawtypes")
	private static final AtomicIntegerFieldUpdater<ActiveAttempt> SETTLED = AtomicIntegerFieldUpdater
		.newUpdater(ActiveAttempt.class, "settled");

	private volatile int settled;

	/**
	 * Whoever drives the attempt releases it. A stream's subscriber may go away on
	 * another thread than the one on which its retry is given it.
	 */
	private volatile @Nullable Permit permit;

	private boolean undecided;

	/** Given before the attempt is begun; whichever end comes first settles it. */
	private Expense expense = Expense.NONE;

	/** {@code null} until the target says what it used. */
	private volatile @Nullable TokenUsage usage;

	/** {@code null} until the target is asked. */
	private @Nullable ChainRun<Q, A> run;

	private final Cancellation cancellation = new Cancellation(this);

	private final TargetExchange exchange = new TargetExchange(this);

	private final AttemptRecord record;

	/**
	 * An attempt to be made.
	 * @param rank where the target stands in the order of this call, from 0
	 * @param ordinal counts the attempts of the call, from 1
	 * @param tryOnTarget counts the attempts of the call on this target, from 1
	 * @param nowNanos the chain's clock
	 * @param cutShort whether it has less time than its target wants
	 */
	ActiveAttempt(ActiveCall call, Member<Q, A> member, int rank, int ordinal, int tryOnTarget, Role role,
			long nowNanos, long delayNanos, long timeoutNanos, boolean cutShort) {
		super(call, member, rank, ordinal, tryOnTarget, role, delayNanos, timeoutNanos, cutShort);
		this.record = new AttemptRecord(nowNanos + delayNanos);
	}

	/**
	 * Whether it still needs its permission: an attempt that waits first asks its
	 * target's breaker when it is due.
	 */
	boolean needsPermit() {
		return this.permit == null;
	}

	/** The target's guard lets it through. */
	void admitted(@Nullable Permit permitOfGuard) {
		if (permitOfGuard != null) {
			this.permit = permitOfGuard;
		}
	}

	/** What its turn has put aside for it. */
	void reserved(@Nullable Expense ofTurn) {
		if (ofTurn != null) {
			this.expense = ofTurn;
		}
	}

	Expense expense() {
		return this.expense;
	}

	/**
	 * Gives its permission back, unless its target's breaker has heard how it went, and
	 * what was put aside for it, unless that is known.
	 */
	void release() {
		this.expense.giveBack();
		Permit held = this.permit;
		if (held != null) {
			held.released();
		}
	}

	/**
	 * Claims the right to say how the attempt ended, for which a stream's end and its
	 * cancellation may race.
	 * @return whether it had not been claimed before
	 */
	boolean settle() {
		return SETTLED.compareAndSet(this, 0, 1);
	}

	boolean isSettled() {
		return this.settled != 0;
	}

	/** How it is cancelled. */
	Cancellation cancellation() {
		return this.cancellation;
	}

	/** What its target is given, and what its target has said. */
	TargetExchange exchange() {
		return this.exchange;
	}

	/** Its target says what it used. */
	void used(TokenUsage byTarget) {
		this.usage = byTarget;
	}

	/** How it goes. */
	AttemptRecord record() {
		return this.record;
	}

	/**
	 * The target is about to be asked.
	 * @param forCall the run that is told how that ended, {@code null} for a probe
	 */
	void started(long nowNanos, @Nullable ChainRun<Q, A> forCall) {
		this.run = forCall;
		Permit held = this.permit;
		if (held != null) {
			held.sent();
		}
		this.record.started(nowNanos);
	}

	/** Whether its target has been asked. */
	boolean hasBegun() {
		return this.run != null;
	}

	/** Its answer has come, or begins to; how, tells of its target's limits. */
	void answered(int status, Function<String, @Nullable String> header) {
		Permit held = this.permit;
		if (held != null) {
			held.answered(status, header);
		}
	}

	/** Its target is no longer being asked. */
	void left() {
		Permit held = this.permit;
		if (held != null) {
			held.left();
		}
	}

	/** The target answered. */
	void succeeded(long nowNanos) {
		ended(Outcome.SUCCESS, null, nowNanos);
		settleTokens(null);
		guard().record(call().isStreaming(), responseNanos(), nowNanos);
		this.record.movedBreakerTo(Objects.requireNonNull(this.permit).succeeded(responseNanos()));
	}

	/** The target failed. */
	void failed(Failure failure, long nowNanos) {
		ended(Outcome.FAILURE, failure, nowNanos);
		settleTokens(failure);
		countFailure(failure);
	}

	/**
	 * The attempt has failed, and its target's breaker hears of that only where another
	 * target does better.
	 */
	void failedUnlessBest(Failure failure, long nowNanos) {
		ended(Outcome.FAILURE, failure, nowNanos);
		settleTokens(failure);
		this.undecided = true;
	}

	/** Whether the end of the call says what the breaker hears of it. */
	boolean isUndecided() {
		return this.undecided || outcome() == Outcome.DEFERRED || outcome() == Outcome.UNACCEPTABLE;
	}

	/**
	 * What it used is known as well as it will be. A target that refuses a request in
	 * words of HTTP has not worked on it, nor has one that never had it.
	 */
	private void settleTokens(@Nullable Failure failure) {
		Permit held = this.permit;
		if (held == null) {
			return;
		}
		TokenUsage used = usage();
		if (used == null && failure != null && (failure.status() >= 400 || !this.exchange.mayHaveActed())) {
			held.unused();
		}
		else {
			held.used(used);
		}
	}

	/** Another attempt answered first. */
	void superseded(long nowNanos) {
		ended(Outcome.SUPERSEDED, null, nowNanos);
		settleTokens(null);
		long taken = responseNanos();
		boolean slow = !isHedge() && guard().isSlowerThanUsual(call().isStreaming(), taken);
		this.record.movedBreakerTo(Objects.requireNonNull(this.permit).superseded(taken, slow));
	}

	/** The caller has gone away; that says nothing of the target. */
	void cancelled(@Nullable Failure failure, long nowNanos) {
		ended(Outcome.CANCELLED, failure, nowNanos);
		settleTokens(null);
		release();
	}

	/** What it came to, another target's answer will tell. */
	void deferred(Failure failure, long nowNanos) {
		ended(Outcome.DEFERRED, failure, nowNanos);
		settleTokens(failure);
	}

	/** The target answered, and the chain does not accept that. */
	void unaccepted(Failure failure, long nowNanos) {
		ended(Outcome.UNACCEPTABLE, failure, nowNanos);
		settleTokens(null);
	}

	/**
	 * The call has ended.
	 * @param counts whether the target's breaker hears of it
	 */
	void settledUnaccepted(boolean counts) {
		if (counts) {
			countFailure(Objects.requireNonNull(this.record.failure()));
		}
		else {
			release();
		}
	}

	/** What it came to is known now, and its target's breaker hears of a failure. */
	void judged(Outcome verdict) {
		this.record.judged(verdict);
		if (verdict == Outcome.FAILURE) {
			countFailure(Objects.requireNonNull(this.record.failure()));
		}
		else {
			release();
		}
	}

	private void ended(Outcome how, @Nullable Failure why, long nowNanos) {
		this.record.ended(how, why, nowNanos);
		if (this.expense != Expense.NONE) {
			CallBudget.settle(this);
		}
	}

	private void countFailure(Failure failure) {
		this.record.movedBreakerTo(Objects.requireNonNull(this.permit).failed(failure, durationNanos()));
	}

	@Override
	public long startNanos() {
		return this.record.startNanos();
	}

	@Override
	public long endNanos() {
		return this.record.endNanos();
	}

	@Override
	public long durationNanos() {
		return this.record.durationNanos();
	}

	@Override
	public long responseNanos() {
		return this.record.responseNanos();
	}

	@Override
	public Outcome outcome() {
		return this.record.outcome();
	}

	@Override
	public @Nullable Failure failure() {
		return this.record.failure();
	}

	@Override
	public Map<String, String> details() {
		return this.exchange.details();
	}

	@Override
	public @Nullable TokenUsage usage() {
		return this.usage;
	}

	@Override
	public @Nullable Double cost() {
		return cost(usage());
	}

	@Override
	public @Nullable TokenUsage estimate() {
		TokenEstimate ofCall = (usage() == null) ? call().spec().tokens() : null;
		int counted = (ofCall != null) ? ofCall.counted() : -1;
		return (counted >= 0) ? new TokenUsage(counted, 0) : null;
	}

	@Override
	public @Nullable Double estimatedCost() {
		return cost(estimate());
	}

	private @Nullable Double cost(@Nullable TokenUsage used) {
		Price price = guard().price();
		return (used != null && price != null) ? price.cost(used) : null;
	}

	@Override
	public CircuitBreaker.@Nullable State movedBreakerTo() {
		return this.record.movedBreakerTo();
	}

	@Override
	public Time time() {
		return call().time();
	}

	@Override
	public long remainingNanos() {
		ChainRun<Q, A> ofCall = this.run;
		return (ofCall != null) ? ofCall.remainingNanos() : 0;
	}

	@Override
	public Overtime overtime() {
		ChainRun<Q, A> ofCall = this.run;
		try {
			return (ofCall != null) ? ofCall.overtime(this) : Overtime.TIME_OUT;
		}
		catch (Throwable notOurs) {
			// Whether a call may be made again is asked of code that is not the chain's
			return Overtime.TIME_OUT;
		}
	}

	@Override
	public void hookFailed() {
		guard().doNotTrustHooks();
	}

	@Override
	public void startBackup() {
		ChainRun<Q, A> ofCall = this.run;
		if (ofCall != null) {
			ofCall.startBackup(this);
		}
	}

}
