package io.github.agentresilience.chain.internal.guard;

import io.github.agentresilience.chain.Chain;
import io.github.agentresilience.chain.StreamCommit;
import io.github.agentresilience.chain.Target;
import io.github.agentresilience.chain.internal.budget.RecentLatency;
import io.github.agentresilience.chain.internal.foreign.ForeignCode;
import io.github.agentresilience.chain.internal.limit.Limits;
import io.github.agentresilience.chain.internal.limit.Reservation;
import io.github.agentresilience.chain.internal.limit.Taken;
import io.github.agentresilience.chain.internal.limit.TokenEstimate;
import io.github.agentresilience.chain.internal.policy.HedgePolicy;
import io.github.agentresilience.chain.internal.policy.Price;
import io.github.agentresilience.chain.internal.policy.RetryPolicy;
import io.github.agentresilience.chain.internal.policy.TargetPolicy;
import io.github.agentresilience.chain.internal.policy.TimeoutPolicy;
import io.github.agentresilience.chain.internal.time.Nanos;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import org.jspecify.annotations.Nullable;

/**
 * A target with all that stands between it and its callers, whichever chains they come
 * from: its breaker, its policies, and the time until which it cools down.
 *
 * @param <Q> the request
 * @param <A> the answer
 */
public final class GuardedTarget<Q, A> implements Chain.Link {

	private final Target<Q, A> target;

	private final TargetBreaker breaker;

	private final TargetPolicy policy;

	/** {@code null} where it has none. */
	private final @Nullable Limits limits;

	private final long maxRetryAfterNanos;

	private final Cooldown cooldown = new Cooldown();

	private final RecentLatency callLatency = new RecentLatency();

	private final RecentLatency streamLatency = new RecentLatency();

	private volatile boolean measured;

	private volatile boolean hooksThrow;

	public GuardedTarget(Target<Q, A> target, CircuitBreaker breaker, RetryPolicy retry, TimeoutPolicy timeouts) {
		this(target, breaker, new TargetPolicy(retry, timeouts));
	}

	/** A target without limits. */
	public GuardedTarget(Target<Q, A> target, CircuitBreaker breaker, TargetPolicy policy) {
		this(target, breaker, policy, null);
	}

	/**
	 * A guarded target.
	 * @param limits what it is asked at most, {@code null} for any number
	 */
	public GuardedTarget(Target<Q, A> target, CircuitBreaker breaker, TargetPolicy policy, @Nullable Limits limits) {
		this.limits = limits;
		this.target = target;
		this.breaker = new TargetBreaker(breaker);
		this.policy = policy;
		this.maxRetryAfterNanos = Nanos.of(policy.retry().maxRetryAfter());
	}

	public String name() {
		return this.target.name();
	}

	public Target<Q, A> target() {
		return this.target;
	}

	public CircuitBreaker breaker() {
		return this.breaker.breaker();
	}

	/** Its breaker as the chain sees it. */
	public TargetBreaker targetBreaker() {
		return this.breaker;
	}

	public RetryPolicy retry() {
		return this.policy.retry();
	}

	public TimeoutPolicy timeouts() {
		return this.policy.timeouts();
	}

	public HedgePolicy hedge() {
		return this.policy.hedge();
	}

	/**
	 * A hook of the target has thrown. Whoever asks the target from now on must be able
	 * to leave it behind.
	 */
	public void doNotTrustHooks() {
		this.hooksThrow = true;
	}

	/**
	 * Whether a call may be made on its caller's own thread, since the target stops it
	 * when it is told to.
	 */
	public boolean isCancellable() {
		try {
			return !this.hooksThrow && this.target.cancellable();
		}
		catch (Throwable ex) {
			ForeignCode.failed(this.target, ex);
			return false;
		}
	}

	public StreamCommit streamCommit() {
		return this.policy.streamCommit();
	}

	public double weight() {
		return this.policy.weight();
	}

	/** What it charges, {@code null} where that is not declared. */
	public @Nullable Price price() {
		return this.policy.price();
	}

	@Override
	public boolean isPriced() {
		return this.policy.price() != null;
	}

	/**
	 * Keeps the latency of answers from now on; a chain that routes or hedges by it asks
	 * for that.
	 */
	public void measureLatency() {
		this.measured = true;
	}

	/** The latency of recent answers: of streams to the first chunk, else of calls. */
	public RecentLatency latency(boolean streaming) {
		return streaming ? this.streamLatency : this.callLatency;
	}

	/**
	 * Whether a call may go to this target now: its breaker lets calls through, and it
	 * does not cool down. A breaker stays open until a call finds that its wait is over,
	 * so where that is so it is no hindrance.
	 * @param nowNanos the chain's clock
	 */
	public boolean available(long nowNanos) {
		return switch (this.breaker.state()) {
			case FORCED_OPEN -> false;
			case OPEN -> this.breaker.openForNanos() == 0 && cooldownNanos(nowNanos) == 0;
			default -> cooldownNanos(nowNanos) == 0;
		};
	}

	/**
	 * How long the target still cools down.
	 * @param nowNanos the chain's clock
	 * @return nanoseconds, 0 when it may be asked
	 */
	public long cooldownNanos(long nowNanos) {
		return this.cooldown.nanos(nowNanos);
	}

	/**
	 * How long it is at most until the target may be asked, as far as can be known, in
	 * nanoseconds.
	 */
	public long unavailableForNanos(long nowNanos) {
		return Math.max(cooldownNanos(nowNanos), this.breaker.openForNanos());
	}

	/** What it is asked at most, {@code null} where it has no limits. */
	public @Nullable Limits limits() {
		return this.limits;
	}

	/**
	 * Asks limits and breaker to let an attempt through. The limits come first: a trial
	 * of a half-open breaker must not be spent on an attempt that they refuse.
	 * @param tokens about how many tokens it takes, {@code null} where that is not known
	 * @param position where the target stands in the chain of the call, from 0
	 */
	public Admission admit(@Nullable TokenEstimate tokens, int position) {
		if (this.limits == null) {
			Permit permit = tryAcquire();
			return (permit != null) ? permit : Admission.Refused.BREAKER;
		}
		if (this.breaker.isOpenFor(0)) {
			// It counts whom it refuses, for which nothing need be taken and given back
			this.breaker.refuse();
			return Admission.Refused.BREAKER;
		}
		Taken taken = this.limits.tryTake(tokens, position);
		if (!(taken instanceof Reservation reservation)) {
			return refused(taken);
		}
		return admit(reservation);
	}

	/**
	 * The same where the limits have given what the attempt needs already; where the
	 * breaker refuses, that goes back.
	 */
	public Admission admit(Reservation reservation) {
		if (this.breaker.tryAcquire()) {
			return Permit.ofBreaker(this, reservation);
		}
		reservation.released();
		return Admission.Refused.BREAKER;
	}

	private static Admission.Refused refused(Taken denied) {
		return (denied == Taken.Denied.SATURATED) ? Admission.Refused.SATURATED : Admission.Refused.LIMITED;
	}

	/**
	 * Whether the limits would let an attempt through, as far as can be seen.
	 * @param position where the target stands in the chain of the call, from 0
	 */
	public boolean hasRoom(@Nullable TokenEstimate tokens, int position) {
		return this.limits == null || this.limits.hasRoom(tokens, position);
	}

	/**
	 * Asks the breaker alone to let an attempt through.
	 * @return the permission, or {@code null} where it refuses
	 */
	@Nullable Permit tryAcquire() {
		return this.breaker.tryAcquire() ? Permit.ofBreaker(this, null) : null;
	}

	/**
	 * Bypasses the breaker, but not the limits, for as few calls at once as it would let
	 * through half-open.
	 * @param tokens about how many tokens it takes, {@code null} where that is not known
	 * @param position where the target stands in the chain of the call, from 0
	 */
	public Admission admitPastBreaker(@Nullable TokenEstimate tokens, int position) {
		Taken taken = (this.limits != null) ? this.limits.tryTake(tokens, position) : null;
		if (taken instanceof Taken.Denied denied) {
			return refused(denied);
		}
		Reservation reservation = (Reservation) taken;
		Permit permit = tryBypass(reservation);
		if (permit != null) {
			return permit;
		}
		if (reservation != null) {
			reservation.released();
		}
		return Admission.Refused.BREAKER;
	}

	/**
	 * Bypasses the breaker.
	 * @return the permission, or {@code null} where there are as many already
	 */
	public @Nullable Permit tryBypass() {
		return tryBypass(null);
	}

	private @Nullable Permit tryBypass(@Nullable Reservation reservation) {
		return this.breaker.tryBypass() ? Permit.bypassing(this, reservation) : null;
	}

	/** A later end extends the cooldown; an earlier one never cuts it. */
	public void coolDown(long nowNanos, long nanos) {
		extendCooldown(nowNanos, nanos);
		SharedState shared = this.breaker.shared();
		if (shared != null) {
			shared.coolsDown(nanos);
		}
	}

	/** The same for a cooldown that another instance was asked for. */
	public void extendCooldown(long nowNanos, long nanos) {
		long until = this.cooldown.extendTo(nowNanos + nanos);
		if (this.limits != null) {
			this.limits.pause(until);
		}
	}

	/**
	 * Asks the target again although it cools down: the operator knows better.
	 */
	public void endCooldown() {
		dropCooldown();
		SharedState shared = this.breaker.shared();
		if (shared != null) {
			shared.cooldownEnded();
		}
	}

	/** The same where the operator of another instance does. */
	public void dropCooldown() {
		this.cooldown.end();
		if (this.limits != null) {
			this.limits.resume();
		}
	}

	/**
	 * Whether a failure after so long is like silence: the target is not asked again
	 * while another can be.
	 */
	public boolean isLong(long nanos) {
		return nanos > this.breaker.slowNanos();
	}

	public long maxRetryAfterNanos() {
		return this.maxRetryAfterNanos;
	}

	/** Whether the breaker is open, and not because an operator forced it to be. */
	public boolean isOpen() {
		return this.breaker.isOpen();
	}

	/**
	 * Whether nothing stands against asking the target, so that it is fit to be asked
	 * beside another attempt.
	 */
	public boolean isHealthy(long nowNanos) {
		return switch (this.breaker.state()) {
			case CLOSED, DISABLED, METRICS_ONLY -> cooldownNanos(nowNanos) == 0;
			default -> false;
		};
	}

	/**
	 * Keeps how long an answer took, where anybody asked for that.
	 * @param streaming whether it was that of a stream
	 * @param nowNanos the chain's clock
	 */
	public void record(boolean streaming, long nanos, long nowNanos) {
		if (this.measured) {
			latency(streaming).record(nanos, nowNanos);
		}
	}

	/** Whether that is longer than nearly all its recent answers took. */
	public boolean isSlowerThanUsual(boolean streaming, long nanos) {
		long usual = latency(streaming).p95();
		return usual != RecentLatency.UNKNOWN && nanos > usual;
	}

	@Override
	public String toString() {
		return "target '" + name() + "' (" + this.breaker.state() + ")";
	}

}
