package io.github.agentresilience.fleet.internal;

import java.time.Duration;
import java.util.concurrent.TimeUnit;

import io.github.agentresilience.chain.internal.guard.GuardedTarget;

/**
 * Whose turn it is to find out whether a target is back: that of the one instance which
 * has the lock. The others wait for what it finds out, but no longer than the lock lasts;
 * where the store does not answer within a moment, each finds out for itself. A lock is
 * asked for when a call needs it, not before: an instance without calls finds nothing
 * out.
 */
final class TrialTurn {

	/** How long the answer about the lock is waited for. No call waits meanwhile. */
	private static final long PATIENCE_NANOS = TimeUnit.MILLISECONDS.toNanos(250);

	/** How long a lock lasts until a trial call begins. */
	static final Duration UNUSED_LOCK = Duration.ofSeconds(1);

	private static final long SHORTEST_LOCK_NANOS = TimeUnit.SECONDS.toNanos(1);

	private static final long LONGEST_LOCK_NANOS = TimeUnit.SECONDS.toNanos(60);

	private final GuardedTarget<?, ?> target;

	private final Fleet fleet;

	private boolean waiting;

	private long notBefore;

	private boolean asked;

	private long askedAt;

	/** Whether the lock is here, or was until it expired. */
	private boolean ours;

	/** Counts what changes the answer to an earlier question. */
	private int round;

	TrialTurn(GuardedTarget<?, ?> target, Fleet fleet) {
		this.target = target;
		this.fleet = fleet;
	}

	String lock() {
		return this.target.breaker().getName();
	}

	/** How long a lock lasts while trial calls are under way. */
	Duration usedLock() {
		return Duration.ofNanos(Math.min(LONGEST_LOCK_NANOS,
				Math.max(SHORTEST_LOCK_NANOS, this.target.targetBreaker().openForNanosAtMost())));
	}

	/** Whether a trial call may be made now. On the thread of a call. */
	boolean mayTry() {
		if (!this.fleet.isConnected()) {
			return true;
		}
		int question;
		synchronized (this) {
			long now = this.fleet.time().nanos();
			if (this.ours) {
				return true;
			}
			if (this.waiting && this.notBefore - now > 0) {
				return false;
			}
			this.waiting = false;
			if (this.asked) {
				return now - this.askedAt >= PATIENCE_NANOS;
			}
			this.asked = true;
			this.askedAt = now;
			question = this.round;
		}
		this.fleet.locks().askForTurn(this, question);
		return false;
	}

	synchronized long waitNanos() {
		return (this.waiting && this.fleet.isConnected()) ? Math.max(0, this.notBefore - this.fleet.time().nanos()) : 0;
	}

	/**
	 * The answer about the lock.
	 * @param question which question it answers
	 * @param others for how long another instance has it, zero where this one has
	 * @return whether the lock is of no use here and should be released
	 */
	synchronized boolean answered(int question, Duration others) {
		boolean got = others.isZero() || others.isNegative();
		if (question != this.round) {
			return got;
		}
		this.asked = false;
		this.ours = got;
		if (!got) {
			waitFor(Math.min(others.toNanos(), LONGEST_LOCK_NANOS));
		}
		return false;
	}

	/** There is no answer about the lock. */
	synchronized void unanswered() {
		this.askedAt = this.fleet.time().nanos() - PATIENCE_NANOS;
	}

	/** A trial call begins here. */
	void begins() {
		synchronized (this) {
			if (!this.ours) {
				return;
			}
		}
		this.fleet.locks().prolongTurn(this);
	}

	/** Another instance knows that the target is down, for so long. */
	void waits(long nanos) {
		boolean release;
		synchronized (this) {
			release = forget();
			waitFor(nanos);
		}
		if (release) {
			this.fleet.locks().endTurn(this);
		}
	}

	private void waitFor(long nanos) {
		long until = this.fleet.time().nanos() + nanos;
		if (!this.waiting || until - this.notBefore > 0) {
			this.waiting = true;
			this.notBefore = until;
		}
	}

	/** It is known how the target is. */
	void ends() {
		boolean release;
		synchronized (this) {
			release = forget();
			this.waiting = false;
		}
		if (release) {
			this.fleet.locks().endTurn(this);
		}
	}

	private boolean forget() {
		boolean release = this.ours;
		this.ours = false;
		this.asked = false;
		this.round++;
		return release;
	}

}
