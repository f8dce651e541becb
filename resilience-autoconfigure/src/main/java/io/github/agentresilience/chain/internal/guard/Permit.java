package io.github.agentresilience.chain.internal.guard;

import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReferenceFieldUpdater;
import java.util.function.Function;

import io.github.agentresilience.chain.Failure;
import io.github.agentresilience.chain.FailureKind;
import io.github.agentresilience.chain.TokenUsage;
import io.github.agentresilience.chain.internal.foreign.ForeignCode;
import io.github.agentresilience.chain.internal.limit.Reservation;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import org.jspecify.annotations.Nullable;

/**
 * A permission to ask a target once, of its breaker or past it, and what was taken of its
 * limits for that. Its holder says once how that went; only the first call counts. It is
 * released in a {@code finally}, so that whatever is thrown while it is held, a half-open
 * breaker does not wait for an outcome that never comes.
 *
 * <p>
 * A breaker keeps metrics of its own for each period in which it is closed or half-open,
 * and those tell one period from another. A permit of an earlier period changes nothing:
 * a half-open breaker would take the outcome of any old call for that of its trial calls.
 */
public final class Permit implements Admission {

	/** In the place of a breaker's period: the breaker has not been asked. */
	private static final Object BYPASS = new Object();

	private static final AtomicReferenceFieldUpdater<Permit, Object> PERIOD = AtomicReferenceFieldUpdater
		.newUpdater(Permit.class, Object.class, "period");

	private final GuardedTarget<?, ?> guard;

	/** {@code null} where the target has no limits. */
	private final @Nullable Reservation reservation;

	/** {@code null} once the outcome has been said. */
	private volatile @Nullable Object period;

	private Permit(GuardedTarget<?, ?> guard, @Nullable Reservation reservation, Object period) {
		this.guard = guard;
		this.reservation = reservation;
		this.period = period;
	}

	/** A permission that the breaker has just given. */
	static Permit ofBreaker(GuardedTarget<?, ?> guard, @Nullable Reservation reservation) {
		// Read afterwards, because asking is what makes an open breaker half-open
		return new Permit(guard, reservation, guard.breaker().getMetrics());
	}

	/** One of the few calls that may bypass an open breaker at the same time. */
	static Permit bypassing(GuardedTarget<?, ?> guard, @Nullable Reservation reservation) {
		return new Permit(guard, reservation, BYPASS);
	}

	/** The request is about to go out. */
	public void sent() {
		if (this.reservation != null) {
			this.reservation.sent();
		}
	}

	/**
	 * The target has told what it used, or will not.
	 * @param used {@code null} where that is not known
	 */
	public void used(@Nullable TokenUsage used) {
		if (this.reservation != null) {
			this.reservation.used(used);
		}
	}

	/** The target refused the request, or never had it: it used no tokens. */
	public void unused() {
		if (this.reservation != null) {
			this.reservation.unused();
		}
	}

	/**
	 * The answer has come, or begins to.
	 * @param status of HTTP
	 * @param header the first value of a header by its lower-case name
	 */
	public void answered(int status, Function<String, @Nullable String> header) {
		if (this.reservation != null) {
			this.reservation.answered(status, header);
		}
	}

	/** The target is no longer being asked. */
	public void left() {
		if (this.reservation != null) {
			this.reservation.left();
		}
	}

	/**
	 * The target answered.
	 * @param nanos how long it took
	 * @return the state that this moved the breaker to, {@code null} where it stays as it
	 * was
	 */
	public CircuitBreaker.@Nullable State succeeded(long nanos) {
		measured(nanos);
		return close(Outcome.SUCCEEDED, nanos, null);
	}

	/**
	 * The target failed.
	 * @param nanos how long it took
	 * @return the state that this moved the breaker to, {@code null} where it stays as it
	 * was
	 */
	public CircuitBreaker.@Nullable State failed(Failure failure, long nanos) {
		if (this.reservation != null && isOverload(failure)) {
			this.reservation.overloaded();
		}
		else if (failure.kind() == FailureKind.SILENT) {
			measured(nanos);
		}
		return close(failure.countsForBreaker() ? Outcome.FAILED : Outcome.RELEASED, nanos, failure);
	}

	/**
	 * Another attempt of the call answered first.
	 * @param nanos how long the target has taken so far
	 * @param slow whether that is longer than it usually takes, of which the breaker
	 * hears: else a brownout that hedges hide would never open it
	 * @return the state that this moved the breaker to, {@code null} where it stays as it
	 * was
	 */
	public CircuitBreaker.@Nullable State superseded(long nanos, boolean slow) {
		if (slow) {
			measured(nanos);
		}
		return close(slow ? Outcome.SLOW : Outcome.RELEASED, nanos, null);
	}

	private void measured(long nanos) {
		if (this.reservation != null && this.period != null) {
			this.reservation.measured(nanos);
		}
	}

	/** Too many requests, unavailable, and what Anthropic calls overloaded. */
	private static boolean isOverload(Failure failure) {
		return failure.kind() == FailureKind.TRANSIENT
				&& (failure.status() == 429 || failure.status() == 503 || failure.status() == 529);
	}

	/** The attempt says nothing about its target, or has not been made. */
	public void released() {
		if (this.reservation != null) {
			this.reservation.released();
		}
		if (this.period != null) {
			close(Outcome.RELEASED, 0, null);
		}
	}

	private CircuitBreaker.@Nullable State close(Outcome outcome, long nanos, @Nullable Failure failure) {
		Object held = PERIOD.getAndSet(this, null);
		CircuitBreaker breaker = this.guard.breaker();
		if (held == BYPASS) {
			CircuitBreaker.State before = breaker.getState();
			this.guard.targetBreaker().bypassEnded(outcome == Outcome.SUCCEEDED);
			return movedFrom(before, breaker);
		}
		if (held == null || held != breaker.getMetrics()) {
			return null;
		}
		CircuitBreaker.State before = breaker.getState();
		try {
			tell(breaker, outcome, nanos, failure);
		}
		catch (Throwable ofListener) {
			// A breaker tells its listeners before it counts
			if (held == breaker.getMetrics()) {
				breaker.releasePermission();
			}
			ForeignCode.failed(breaker, ofListener);
		}
		return movedFrom(before, breaker);
	}

	private void tell(CircuitBreaker breaker, Outcome outcome, long nanos, @Nullable Failure failure) {
		long slow = this.guard.targetBreaker().slowNanos() + 1;
		switch (outcome) {
			case SUCCEEDED -> {
				this.guard.targetBreaker().counted(false);
				breaker.onSuccess(nanos, TimeUnit.NANOSECONDS);
				if (nanos >= slow) {
					this.guard.targetBreaker().openAgainEarly();
				}
			}
			case SLOW -> {
				this.guard.targetBreaker().counted(false);
				breaker.onSuccess(Math.max(nanos, slow), TimeUnit.NANOSECONDS);
				this.guard.targetBreaker().openAgainEarly();
			}
			case FAILED -> {
				// Silence is slowness too, however short the timeout that found it out
				long counted = (Objects.requireNonNull(failure).kind() == FailureKind.SILENT) ? Math.max(nanos, slow)
						: nanos;
				this.guard.targetBreaker().counted(true);
				breaker.onError(counted, TimeUnit.NANOSECONDS, failure.cause());
				this.guard.targetBreaker().openAgainEarly();
			}
			case RELEASED -> breaker.releasePermission();
		}
	}

	private static CircuitBreaker.@Nullable State movedFrom(CircuitBreaker.State before, CircuitBreaker breaker) {
		CircuitBreaker.State now = breaker.getState();
		return (now != before) ? now : null;
	}

	private enum Outcome {

		SUCCEEDED, SLOW, FAILED, RELEASED

	}

}
