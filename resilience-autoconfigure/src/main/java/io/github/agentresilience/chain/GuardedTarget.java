package io.github.agentresilience.chain;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

import io.github.resilience4j.circuitbreaker.CircuitBreaker;

/**
 * A target with all that stands between it and its callers, whichever chains they come from: its breaker, its
 * policies, and the time until which it asked to be left alone.
 *
 * @param <Q> the request
 * @param <A> the answer
 */
public final class GuardedTarget<Q, A> {

	private static final long NEVER = Long.MIN_VALUE;

	private final Target<Q, A> target;

	private final CircuitBreaker breaker;

	private final RetryPolicy retry;

	private final TimeoutPolicy timeouts;

	private final long maxRetryAfterNanos;

	private final long slowNanos;

	private final int mostLastResorts;

	private final AtomicLong leftAloneUntil = new AtomicLong(NEVER);

	private final AtomicInteger lastResorts = new AtomicInteger();

	public GuardedTarget(Target<Q, A> target, CircuitBreaker breaker, RetryPolicy retry, TimeoutPolicy timeouts) {
		this.target = target;
		this.breaker = breaker;
		this.retry = retry;
		this.timeouts = timeouts;
		this.maxRetryAfterNanos = retry.maxRetryAfter().toNanos();
		this.slowNanos = breaker.getCircuitBreakerConfig().getSlowCallDurationThreshold().toNanos();
		this.mostLastResorts = breaker.getCircuitBreakerConfig().getPermittedNumberOfCallsInHalfOpenState();
	}

	public String name() {
		return this.target.name();
	}

	public Target<Q, A> target() {
		return this.target;
	}

	public CircuitBreaker breaker() {
		return this.breaker;
	}

	public RetryPolicy retry() {
		return this.retry;
	}

	public TimeoutPolicy timeouts() {
		return this.timeouts;
	}

	/**
	 * Whether a call may go to this target now: its breaker lets calls through, and it has not asked to be left
	 * alone.
	 * @param nowNanos the chain's clock
	 */
	public boolean available(long nowNanos) {
		return switch (this.breaker.getState()) {
			case OPEN, FORCED_OPEN -> false;
			default -> leftAloneForNanos(nowNanos) == 0;
		};
	}

	/**
	 * How long the target still wants to be left alone.
	 * @param nowNanos the chain's clock
	 * @return nanoseconds, 0 when it may be asked
	 */
	long leftAloneForNanos(long nowNanos) {
		long until = this.leftAloneUntil.get();
		return until == NEVER ? 0 : Math.max(0, until - nowNanos);
	}

	/** A later wish extends the time; a shorter one never cuts it. */
	void leaveAlone(long nowNanos, long nanos) {
		long wish = nowNanos + nanos;
		this.leftAloneUntil.accumulateAndGet(wish, (old, other) -> old == NEVER || other - old > 0 ? other : old);
	}

	long maxRetryAfterNanos() {
		return this.maxRetryAfterNanos;
	}

	boolean isOpen() {
		return this.breaker.getState() == CircuitBreaker.State.OPEN;
	}

	boolean tryLastResort() {
		int before = this.lastResorts.getAndUpdate((now) -> now < this.mostLastResorts ? now + 1 : now);
		return before < this.mostLastResorts;
	}

	void answered(Attempt attempt, long nanos) {
		if (!attempt.isLastResort()) {
			this.breaker.onSuccess(nanos, TimeUnit.NANOSECONDS);
			return;
		}
		this.lastResorts.decrementAndGet();
		if (isOpen()) {
			try {
				this.breaker.transitionToHalfOpenState();
			}
			catch (RuntimeException alreadyMoved) {
				// Another call or the operator was first; the breaker's own word stands
			}
		}
	}

	void failed(Attempt attempt, Failure failure, long nanos) {
		if (attempt.isLastResort()) {
			this.lastResorts.decrementAndGet();
		}
		else if (failure.countsForBreaker()) {
			// Silence is slowness too, however short the timeout that found it out
			long counted = failure.kind() == FailureKind.SILENT ? Math.max(nanos, this.slowNanos + 1) : nanos;
			this.breaker.onError(counted, TimeUnit.NANOSECONDS, failure.cause());
		}
		else {
			this.breaker.releasePermission();
		}
	}

	void countsForNobody(Attempt attempt) {
		if (attempt.isLastResort()) {
			this.lastResorts.decrementAndGet();
		}
		else {
			this.breaker.releasePermission();
		}
	}

	@Override
	public String toString() {
		return "target '" + name() + "' (" + this.breaker.getState() + ")";
	}

}
