package io.github.agentresilience.fleet.internal;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import io.github.agentresilience.chain.internal.guard.Advice;
import io.github.agentresilience.chain.internal.guard.GuardedTarget;
import io.github.resilience4j.circuitbreaker.CircuitBreaker.State;
import org.jspecify.annotations.Nullable;

/**
 * How many calls to one target have failed in a row, of all instances together. When they
 * are as many as one breaker needs at least, the target is down, and no instance has to
 * find that out by as many calls of its own. A good answer to any instance ends the run:
 * whoever knows of failures tells the others when it gets one.
 */
final class FailureRun {

	/** Whether there was a good answer, and the failures after it. */
	private static final Pattern TOLD = Pattern.compile("([01]) (\\d{1,6})");

	private static final long PACE_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

	private final GuardedTarget<?, ?> target;

	private final Fleet fleet;

	private final int most;

	private final AtomicBoolean due = new AtomicBoolean();

	private volatile int length;

	private boolean answered;

	private int failures;

	private volatile long toldAt;

	FailureRun(GuardedTarget<?, ?> target, Fleet fleet) {
		this.target = target;
		this.fleet = fleet;
		this.most = target.breaker().getCircuitBreakerConfig().getMinimumNumberOfCalls();
		this.toldAt = fleet.time().nanos() - PACE_NANOS;
	}

	String id() {
		return this.target.breaker().getName();
	}

	/** A call of this instance was answered. On its thread. */
	void answered() {
		// Nearly always there is nothing to end
		if (this.length > 0) {
			synchronized (this) {
				this.length = 0;
				this.answered = true;
				this.failures = 0;
			}
			tell();
		}
	}

	/** A call of this instance failed. On its thread. */
	void failed() {
		synchronized (this) {
			this.length = Math.min(this.most, this.length + 1);
			this.failures++;
		}
		tell();
		openWhenLong();
	}

	private void tell() {
		if (this.fleet.isConnected() && this.due.compareAndSet(false, true)) {
			this.fleet.tellRun(this, this.toldAt + PACE_NANOS - this.fleet.time().nanos());
		}
	}

	/**
	 * Takes what is to be told. On the fleet's worker.
	 * @return {@code null} where there is nothing to tell
	 */
	synchronized @Nullable String take() {
		this.due.set(false);
		this.toldAt = this.fleet.time().nanos();
		if (!this.answered && this.failures == 0) {
			return null;
		}
		String told = (this.answered ? "1 " : "0 ") + Math.min(this.failures, this.most);
		this.answered = false;
		this.failures = 0;
		return told;
	}

	/**
	 * Another instance tells. On the fleet's worker.
	 * @return whether it could be understood
	 */
	boolean heard(String told) {
		Matcher parts = TOLD.matcher(told);
		if (!parts.matches()) {
			return false;
		}
		synchronized (this) {
			int before = parts.group(1).equals("1") ? 0 : this.length;
			this.length = Math.min(this.most, before + Integer.parseInt(parts.group(2)));
		}
		Advice.follow(this::openWhenLong);
		return true;
	}

	private void openWhenLong() {
		if (this.length >= this.most && this.fleet.isConnected() && this.target.breaker().getState() == State.CLOSED) {
			this.target.targetBreaker().openFor(this.target.targetBreaker().openForNanosAtMost());
		}
	}

	/** The breaker has moved. */
	synchronized void ends() {
		this.length = 0;
		this.answered = false;
		this.failures = 0;
	}

}
