package io.github.agentresilience.chain;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig;
import org.jspecify.annotations.Nullable;

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

	private final TargetPolicy policy;

	private final long maxRetryAfterNanos;

	private final long slowNanos;

	private final long openForNanos;

	private final int mostDespiteBreaker;

	private final AtomicLong leftAloneUntil = new AtomicLong(NEVER);

	private final AtomicInteger despiteBreaker = new AtomicInteger();

	private final RecentLatency callLatency = new RecentLatency();

	private final RecentLatency streamLatency = new RecentLatency();

	private volatile boolean measured;

	/** When the breaker last opened, on its own clock. */
	private volatile long openedAt;

	public GuardedTarget(Target<Q, A> target, CircuitBreaker breaker, RetryPolicy retry, TimeoutPolicy timeouts) {
		this(target, breaker, new TargetPolicy(retry, timeouts));
	}

	public GuardedTarget(Target<Q, A> target, CircuitBreaker breaker, TargetPolicy policy) {
		this.target = target;
		this.breaker = breaker;
		this.policy = policy;
		this.maxRetryAfterNanos = policy.retry().maxRetryAfter().toNanos();
		this.slowNanos = breaker.getCircuitBreakerConfig().getSlowCallDurationThreshold().toNanos();
		this.openForNanos = TimeUnit.MILLISECONDS
			.toNanos(breaker.getCircuitBreakerConfig().getWaitIntervalFunctionInOpenState().apply(1));
		this.mostDespiteBreaker = breaker.getCircuitBreakerConfig().getPermittedNumberOfCallsInHalfOpenState();
		this.openedAt = breaker.getCurrentTimestamp();
		breaker.getEventPublisher().onStateTransition((event) -> {
			if (event.getStateTransition().getToState() == CircuitBreaker.State.OPEN) {
				this.openedAt = breaker.getCurrentTimestamp();
			}
		});
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
		return this.policy.retry();
	}

	public TimeoutPolicy timeouts() {
		return this.policy.timeouts();
	}

	public HedgePolicy hedge() {
		return this.policy.hedge();
	}

	public TargetPolicy.StreamCommit streamCommit() {
		return this.policy.streamCommit();
	}

	public double weight() {
		return this.policy.weight();
	}

	/** Keeps the latency of answers from now on; a chain that routes or hedges by it asks for that. */
	void measureLatency() {
		this.measured = true;
	}

	/** The latency of recent answers: of streams to the first chunk, else of calls. */
	RecentLatency latency(boolean streaming) {
		return streaming ? this.streamLatency : this.callLatency;
	}

	/**
	 * Whether a call may go to this target now: its breaker lets calls through, and it has not asked to be left
	 * alone. A breaker stays open until a call finds that its wait is over, so where that is so it is no hindrance.
	 * @param nowNanos the chain's clock
	 */
	public boolean available(long nowNanos) {
		return switch (this.breaker.getState()) {
			case FORCED_OPEN -> false;
			case OPEN -> openForNanos() == 0 && leftAloneForNanos(nowNanos) == 0;
			default -> leftAloneForNanos(nowNanos) == 0;
		};
	}

	/**
	 * How long the target still wants to be left alone.
	 * @param nowNanos the chain's clock
	 * @return nanoseconds, 0 when it may be asked
	 */
	public long leftAloneForNanos(long nowNanos) {
		long until = this.leftAloneUntil.get();
		return until == NEVER ? 0 : Math.max(0, until - nowNanos);
	}

	/** How long it is at most until the target may be asked, as far as can be known, in nanoseconds. */
	long unavailableForNanos(long nowNanos) {
		return Math.max(leftAloneForNanos(nowNanos), openForNanos());
	}

	/** How long the breaker stays open yet, by its own clock. */
	private long openForNanos() {
		if (!isOpen()) {
			return 0;
		}
		long since = this.breaker.getTimestampUnit().toNanos(this.breaker.getCurrentTimestamp() - this.openedAt);
		return Math.max(0, this.openForNanos - since);
	}

	/** Whether the breaker will refuse calls for longer than that, as far as can be known. */
	boolean isOpenFor(long nanos) {
		return this.breaker.getState() == CircuitBreaker.State.FORCED_OPEN || openForNanos() > nanos;
	}

	/**
	 * Asks the breaker to let an attempt through.
	 * @return the permission, or {@code null} where it refuses
	 */
	@Nullable Object tryAcquire() {
		// Read afterwards, because asking is what makes an open breaker half-open
		return this.breaker.tryAcquirePermission() ? this.breaker.getMetrics() : null;
	}

	/** A later wish extends the time; a shorter one never cuts it. */
	void leaveAlone(long nowNanos, long nanos) {
		long wish = nowNanos + nanos;
		this.leftAloneUntil.accumulateAndGet(wish, (old, other) -> old == NEVER || other - old > 0 ? other : old);
	}

	/** Asks the target again though it wished to be left alone: the operator knows better. */
	public void endLeavingAlone() {
		this.leftAloneUntil.set(NEVER);
	}

	long maxRetryAfterNanos() {
		return this.maxRetryAfterNanos;
	}

	boolean isOpen() {
		return this.breaker.getState() == CircuitBreaker.State.OPEN;
	}

	/** Whether nothing stands against asking the target, so that it is fit for a hedge. */
	boolean isHealthy(long nowNanos) {
		return this.breaker.getState() == CircuitBreaker.State.CLOSED && leftAloneForNanos(nowNanos) == 0;
	}

	boolean tryDespiteBreaker() {
		int before = this.despiteBreaker
			.getAndUpdate((now) -> now < this.mostDespiteBreaker ? now + 1 : now);
		return before < this.mostDespiteBreaker;
	}

	/** How many calls decide whether a half-open breaker closes. */
	int halfOpenCalls() {
		return this.mostDespiteBreaker;
	}

	void answered(Attempt attempt, long nanos) {
		if (this.measured) {
			latency(attempt.call().isStreaming()).record(nanos, attempt.endNanos());
		}
		if (!mayTell(attempt)) {
			return;
		}
		CircuitBreaker.State before = this.breaker.getState();
		if (attempt.isDespiteBreaker()) {
			this.despiteBreaker.decrementAndGet();
			if (isOpen()) {
				tryTransition(this.breaker::transitionToHalfOpenState);
			}
		}
		else {
			this.breaker.onSuccess(nanos, TimeUnit.NANOSECONDS);
			if (nanos > this.slowNanos) {
				openAgainEarly();
			}
		}
		noteMove(attempt, before);
	}

	private void noteMove(Attempt attempt, CircuitBreaker.State before) {
		CircuitBreaker.State now = this.breaker.getState();
		if (now != before) {
			attempt.movedBreakerTo(now);
		}
	}

	void failed(Attempt attempt, Failure failure, long nanos) {
		if (!mayTell(attempt)) {
			return;
		}
		CircuitBreaker.State before = this.breaker.getState();
		if (attempt.isDespiteBreaker()) {
			this.despiteBreaker.decrementAndGet();
		}
		else if (failure.countsForBreaker()) {
			// Silence is slowness too, however short the timeout that found it out
			long counted = failure.kind() == FailureKind.SILENT ? Math.max(nanos, this.slowNanos + 1) : nanos;
			this.breaker.onError(counted, TimeUnit.NANOSECONDS, failure.cause());
			openAgainEarly();
		}
		else {
			this.breaker.releasePermission();
		}
		noteMove(attempt, before);
	}

	/**
	 * Another attempt of the call was quicker. A target that took longer than nearly all its answers do was slow, and
	 * its breaker hears of that: else a brownout that hedges hide would never open it.
	 */
	void overtaken(Attempt attempt, long nanos) {
		long usual = latency(attempt.call().isStreaming()).p95();
		if (attempt.isHedge() || attempt.isDespiteBreaker() || usual == RecentLatency.UNKNOWN || nanos <= usual) {
			countsForNobody(attempt);
		}
		else if (mayTell(attempt)) {
			CircuitBreaker.State before = this.breaker.getState();
			this.breaker.onSuccess(Math.max(nanos, this.slowNanos + 1), TimeUnit.NANOSECONDS);
			openAgainEarly();
			noteMove(attempt, before);
		}
	}

	void countsForNobody(Attempt attempt) {
		if (!mayTell(attempt)) {
			return;
		}
		if (attempt.isDespiteBreaker()) {
			this.despiteBreaker.decrementAndGet();
		}
		else {
			this.breaker.releasePermission();
		}
	}

	/**
	 * Whether what the attempt found out is to be told; it is so once, where the guard had let it through. A breaker
	 * keeps figures of its own for each time that it is closed or half-open, and those are what tells one such time
	 * from another: a half-open breaker would take the word, and a released permission, of any old call for that of its
	 * probes.
	 */
	private boolean mayTell(Attempt attempt) {
		Object permit = attempt.takePermit();
		return permit != null && (attempt.isDespiteBreaker() || permit == this.breaker.getMetrics());
	}

	/**
	 * Resilience4j judges a half-open breaker when all its probes are in. Where those that are in suffice to open it
	 * whatever the others say, a call less has to find out that the target is still down.
	 */
	void openAgainEarly() {
		if (this.breaker.getState() != CircuitBreaker.State.HALF_OPEN) {
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

	private static void tryTransition(Runnable transition) {
		try {
			transition.run();
		}
		catch (RuntimeException alreadyMoved) {
			// Another call or the operator was first; the breaker's own word stands
		}
	}

	@Override
	public String toString() {
		return "target '" + name() + "' (" + this.breaker.getState() + ")";
	}

}
