package io.github.agentresilience.chain.internal.guard;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import io.github.agentresilience.chain.internal.foreign.ForeignCode;
import io.github.agentresilience.chain.internal.time.Nanos;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig;
import org.jspecify.annotations.Nullable;

/**
 * The breaker of a target as the chain sees it: how long it stays open, who may bypass
 * it, and what other instances say of it. Neither its listeners nor a transition that
 * another call was quicker to make break the call that asks.
 */
public final class TargetBreaker {

	/**
	 * The breaker's wait goes by the wall clock and may be over a little before ours.
	 */
	private static final long CLOCK_SLACK_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

	private final CircuitBreaker breaker;

	private final long slowNanos;

	private final long openForNanos;

	private final int halfOpenCalls;

	private final AtomicInteger bypasses = new AtomicInteger();

	/** When the breaker last opened, on its own clock. */
	private volatile long openedAt;

	/** For how long it then opened. */
	private volatile long opensForNanos;

	/** {@code null} where no other instance is heard. */
	private volatile @Nullable SharedState shared;

	TargetBreaker(CircuitBreaker breaker) {
		CircuitBreakerConfig config = breaker.getCircuitBreakerConfig();
		this.breaker = breaker;
		this.slowNanos = Nanos.of(config.getSlowCallDurationThreshold());
		this.openForNanos = TimeUnit.MILLISECONDS.toNanos(config.getWaitIntervalFunctionInOpenState().apply(1));
		this.halfOpenCalls = config.getPermittedNumberOfCallsInHalfOpenState();
		this.openedAt = breaker.getCurrentTimestamp();
		this.opensForNanos = this.openForNanos;
		breaker.getEventPublisher().onStateTransition((event) -> {
			if (event.getStateTransition().getToState() == CircuitBreaker.State.OPEN) {
				this.opensForNanos = this.openForNanos;
				this.openedAt = breaker.getCurrentTimestamp();
			}
		});
	}

	CircuitBreaker breaker() {
		return this.breaker;
	}

	CircuitBreaker.State state() {
		return this.breaker.getState();
	}

	/** Shares its state with other instances from now on. */
	public void share(SharedState with) {
		this.shared = with;
	}

	@Nullable SharedState shared() {
		return this.shared;
	}

	/** A call that takes longer is slow, in nanoseconds. */
	long slowNanos() {
		return this.slowNanos;
	}

	/** For how long it opens, in nanoseconds. */
	public long openForNanosAtMost() {
		return this.openForNanos;
	}

	/** How many calls decide whether a half-open breaker closes. */
	public int halfOpenCalls() {
		return this.halfOpenCalls;
	}

	/** Whether it is open, and not because an operator forced it to be. */
	public boolean isOpen() {
		return state() == CircuitBreaker.State.OPEN;
	}

	/** How long it stays open yet. */
	long openForNanos() {
		if (!isOpen()) {
			return 0;
		}
		SharedState others = this.shared;
		return (others != null) ? Math.max(ownWaitNanos(), others.waitNanos()) : ownWaitNanos();
	}

	/** How long it refuses by itself where it is open, by its own clock. */
	private long ownWaitNanos() {
		long since = this.breaker.getTimestampUnit().toNanos(this.breaker.getCurrentTimestamp() - this.openedAt);
		return Math.max(0, this.opensForNanos - since);
	}

	/** Whether it will refuse calls for longer than that, as far as can be known. */
	public boolean isOpenFor(long nanos) {
		return state() == CircuitBreaker.State.FORCED_OPEN || openForNanos() > nanos;
	}

	/** Asks it to let an attempt through. */
	boolean tryAcquire() {
		SharedState others = this.shared;
		if (others != null && isOpen() && !mayTry(others)) {
			return false;
		}
		try {
			return this.breaker.tryAcquirePermission();
		}
		catch (Throwable ofListener) {
			// It tells its listeners before it gives a permission
			ForeignCode.failed(this.breaker, ofListener);
			return false;
		}
	}

	/** Where it is about to become half-open, that takes the others' leave. */
	private boolean mayTry(SharedState others) {
		long wait = ownWaitNanos();
		return (wait == 0) ? others.mayTry() : wait > CLOCK_SLACK_NANOS;
	}

	/** Counts a call that it would refuse. */
	void refuse() {
		if (tryAcquire()) {
			this.breaker.releasePermission();
		}
	}

	/**
	 * Whether it is half-open and as many calls as it lets through are under way.
	 */
	public boolean isBusyRecovering() {
		if (state() != CircuitBreaker.State.HALF_OPEN) {
			return false;
		}
		if (!tryAcquire()) {
			return true;
		}
		this.breaker.releasePermission();
		return false;
	}

	/**
	 * Lets a call past it, as few of them at once as it would let through half-open.
	 * @return whether there are not as many already
	 */
	boolean tryBypass() {
		int before = this.bypasses.getAndUpdate((now) -> now < this.halfOpenCalls ? now + 1 : now);
		return before < this.halfOpenCalls;
	}

	/** A call that bypassed it is over. */
	void bypassEnded(boolean answered) {
		this.bypasses.decrementAndGet();
		if (answered && isOpen()) {
			tryTransition(this.breaker::transitionToHalfOpenState);
		}
	}

	/** It is about to count the outcome of a call. */
	void counted(boolean failed) {
		SharedState others = this.shared;
		if (others != null) {
			others.counted(failed);
		}
	}

	/**
	 * Resilience4j judges a half-open breaker when all its probes are in. Where those
	 * that are in suffice to open it whatever the others say, a call less has to find out
	 * that the target is still down.
	 */
	void openAgainEarly() {
		if (state() != CircuitBreaker.State.HALF_OPEN) {
			return;
		}
		CircuitBreaker.Metrics probes = this.breaker.getMetrics();
		CircuitBreakerConfig config = this.breaker.getCircuitBreakerConfig();
		float all = config.getPermittedNumberOfCallsInHalfOpenState();
		if (probes.getNumberOfFailedCalls() * 100 >= config.getFailureRateThreshold() * all
				|| probes.getNumberOfSlowCalls() * 100 >= config.getSlowCallRateThreshold() * all) {
			tryTransition(this.breaker::transitionToOpenState);
		}
	}

	/** Opens it for a time that another instance says. */
	public void openFor(long nanos) {
		tryTransition(() -> this.breaker.transitionToOpenStateFor(Duration.ofNanos(nanos)));
		if (isOpen()) {
			this.opensForNanos = Math.min(nanos, this.openForNanos);
		}
	}

	/** Moves it as another instance says. */
	public void moveTo(CircuitBreaker.State state) {
		if (state() != state) {
			tryTransition(switch (state) {
				case CLOSED -> this.breaker::transitionToClosedState;
				case FORCED_OPEN -> this.breaker::transitionToForcedOpenState;
				case DISABLED -> this.breaker::transitionToDisabledState;
				default -> throw new IllegalArgumentException("Not to be told: " + state);
			});
		}
	}

	private static void tryTransition(Runnable transition) {
		try {
			transition.run();
		}
		catch (RuntimeException alreadyMoved) {
			// Another call or the operator was first; the breaker's own word stands
		}
	}

}
