package io.github.agentresilience.chain;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;

import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import org.jspecify.annotations.Nullable;

/**
 * The way of one call through its chain: who may be asked next, and when. An attempt that is due at once comes with a
 * permission of its target's breaker; one that waits first asks for it when it is due, because a breaker may open
 * meanwhile and a half-open one must not be held up.
 */
final class ChainWalk<Q, A> {

	private static final int NOWHERE = -1;

	private final TargetChain<Q, A> chain;

	private final Call call;

	private final CallObserver observer;

	private final List<Member<Q, A>> members;

	private final long deadlineNanos;

	private final @Nullable Duration timeout;

	private int rank = NOWHERE;

	private int triesHere;

	private int attempts;

	private int hedgedRank = NOWHERE;

	/** Up to here every skip has been told. */
	private int skippedRank = NOWHERE;

	private @Nullable CallHistory history;

	/**
	 * A walk that has not begun.
	 * @param timeout the time for one attempt, or {@code null} for each target's own
	 */
	ChainWalk(TargetChain<Q, A> chain, Call call, CallObserver observer, long deadlineNanos,
			@Nullable Duration timeout) {
		this.chain = chain;
		this.call = call;
		this.observer = observer;
		this.deadlineNanos = deadlineNanos;
		this.timeout = timeout;
		this.members = chain.router().order(call.isStreaming());
	}

	long remainingNanos() {
		return this.deadlineNanos - now();
	}

	/** What has gone wrong on the way. */
	CallHistory history() {
		if (this.history == null) {
			this.history = new CallHistory();
		}
		return this.history;
	}

	/** The same target once more, where it may be asked again in time. */
	@Nullable Attempt retry(Attempt attempt, Failure failure) {
		GuardedTarget<Q, A> guard = target(this.rank);
		Duration wish = failure.retryAfter();
		// Another call may have been told to leave the target alone for longer than this one was
		long leftAloneFor = guard.leftAloneForNanos(now());
		if (attempt.isDespiteBreaker() || this.triesHere >= guard.retry().maxAttempts()
				|| leftAloneFor > guard.maxRetryAfterNanos()
				|| (wish != null && wish.toNanos() > guard.maxRetryAfterNanos())) {
			return null;
		}
		long backoff = guard.retry().backoffNanos(this.triesHere, ThreadLocalRandom.current().nextDouble());
		long delay = Math.max(backoff, leftAloneFor);
		if (delay >= remainingNanos() || guard.isOpenFor(delay) || !this.chain.budget().tryRetry()) {
			return null;
		}
		return attempt(Attempt.Role.RETRY, delay);
	}

	/**
	 * Lets an attempt go to its target, now that it is due.
	 * @return whether it may; it may not where the deadline is over, the breaker refuses it, or the target has been
	 * told to be left alone for longer than was waited for
	 */
	boolean admits(Attempt attempt) {
		if (!attempt.needsPermit()) {
			return true;
		}
		GuardedTarget<Q, A> guard = target(attempt.rank());
		boolean leftAlone = guard.leftAloneForNanos(Math.max(now(), attempt.dueNanos())) > 0;
		Object permit = (leftAlone || remainingNanos() <= 0) ? null : guard.tryAcquire();
		if (permit != null) {
			attempt.admitted(permit);
			return true;
		}
		this.attempts--;
		this.triesHere--;
		notMade(attempt);
		if (!attempt.isRetry() && remainingNanos() > 0) {
			skip(attempt.rank(), leftAlone ? SkippedTarget.Reason.RETRY_AFTER : SkippedTarget.Reason.BREAKER_OPEN);
		}
		return false;
	}

	/** A retry that was not made has cost nothing. */
	void notMade(Attempt attempt) {
		if (attempt.isRetry()) {
			this.chain.budget().giveBack();
		}
	}

	/** Moving on never waits, save for a Retry-After short enough to sit out. */
	@Nullable Attempt next() {
		for (int i = this.rank + 1; i < this.members.size() && remainingNanos() > 0; i++) {
			GuardedTarget<Q, A> guard = target(i);
			long leftAloneFor = guard.leftAloneForNanos(now());
			if (triedAt(i) >= guard.retry().maxAttempts()) {
				continue;
			}
			if (leftAloneFor > Math.min(guard.maxRetryAfterNanos(), remainingNanos())) {
				skip(i, SkippedTarget.Reason.RETRY_AFTER);
				continue;
			}
			Object permit = (leftAloneFor == 0) ? guard.tryAcquire() : null;
			if (permit == null && (leftAloneFor == 0 || guard.isOpenFor(leftAloneFor))) {
				skip(i, SkippedTarget.Reason.BREAKER_OPEN);
				continue;
			}
			moveTo(i, triedAt(i));
			Attempt attempt = attempt(Attempt.Role.REGULAR, leftAloneFor);
			attempt.admitted(permit);
			return attempt;
		}
		return null;
	}

	/** The last target, though its breaker is open like all the others. */
	@Nullable Attempt despiteBreaker() {
		int last = rankOfLast();
		GuardedTarget<Q, A> guard = target(last);
		if (this.chain.triesLastTarget() && allOpen() && guard.leftAloneForNanos(now()) == 0 && remainingNanos() > 0
				&& (this.rank != last || this.triesHere == 0) && guard.tryDespiteBreaker()) {
			moveTo(last, 0);
			Attempt attempt = attempt(Attempt.Role.DESPITE_BREAKER, 0);
			attempt.admitted(Attempt.Role.DESPITE_BREAKER);
			return attempt;
		}
		return null;
	}

	/** The last target is the last that the chain names, in whatever order this call goes through them. */
	private int rankOfLast() {
		int last = this.members.size() - 1;
		int at = last;
		while (this.members.get(at).position() != last) {
			at--;
		}
		return at;
	}

	/** A target that the operator took out of service is no way out either; as the last it is not asked at all. */
	private boolean allOpen() {
		int last = this.members.size() - 1;
		for (Member<Q, A> member : this.members) {
			CircuitBreaker.State state = member.target().breaker().getState();
			if (state != CircuitBreaker.State.OPEN
					&& (state != CircuitBreaker.State.FORCED_OPEN || member.position() == last)) {
				return false;
			}
		}
		return true;
	}

	/** How often a target has been asked before the call comes to it in its turn. */
	private int triedAt(int atRank) {
		return (atRank == this.hedgedRank) ? 1 : 0;
	}

	/** Goes on from another target. */
	void moveTo(int newRank, int tries) {
		this.rank = newRank;
		this.triesHere = tries;
	}

	/** A silent target may be asked again, and then those behind it are looked at once more; their skip is told once. */
	private void skip(int atRank, SkippedTarget.Reason reason) {
		if (atRank <= this.skippedRank) {
			return;
		}
		this.skippedRank = atRank;
		SkippedTarget skip = new SkippedTarget(target(atRank).name(), reason);
		history().skipped(skip);
		this.observer.targetSkipped(skip);
	}

	private Attempt attempt(Attempt.Role role, long delayNanos) {
		this.triesHere++;
		return attempt(this.rank, this.triesHere, role, delayNanos);
	}

	private Attempt attempt(int atRank, int tries, Attempt.Role role, long delayNanos) {
		this.attempts++;
		Member<Q, A> member = this.members.get(atRank);
		TimeoutPolicy timeouts = member.target().timeouts();
		Duration own = this.call.isStreaming() ? timeouts.firstChunk() : timeouts.attempt();
		long wanted = (this.timeout != null ? this.timeout : own).toNanos();
		long now = now();
		long left = this.deadlineNanos - now - delayNanos;
		Attempt attempt = new Attempt(this.call, member, atRank, this.attempts, tries, role, delayNanos,
				Math.min(wanted, left), left < wanted || isHurried(own));
		attempt.dueAt(now + delayNanos);
		return attempt;
	}

	/** Housekeeping waits less than calls do, and a target that is too slow for the one may be quick enough for the other. */
	private boolean isHurried(Duration own) {
		return this.timeout != null && !this.call.isScored() && !this.call.isSynthetic()
				&& this.timeout.compareTo(own) < 0;
	}

	/** An attempt at the next healthy target, besides the one in flight, where the chain may still hedge. */
	@Nullable Attempt hedge() {
		for (int i = this.rank + 1; i < this.members.size() && remainingNanos() > 0; i++) {
			GuardedTarget<Q, A> guard = target(i);
			if (!guard.isHealthy(now())) {
				continue;
			}
			Object permit = guard.tryAcquire();
			if (permit != null) {
				if (!this.chain.hedgeAllowance().tryTake()) {
					guard.breaker().releasePermission();
					return null;
				}
				this.hedgedRank = i;
				Attempt attempt = attempt(i, 1, Attempt.Role.HEDGE, 0);
				attempt.admitted(permit);
				return attempt;
			}
		}
		return null;
	}

	/** How long until a target may be asked again, as far as that is known. */
	@Nullable Duration retryIn() {
		long soonest = Long.MAX_VALUE;
		for (Member<Q, A> member : this.members) {
			soonest = Math.min(soonest, member.target().unavailableForNanos(now()));
		}
		return (soonest == 0) ? null : Duration.ofNanos(soonest);
	}

	private GuardedTarget<Q, A> target(int atRank) {
		return this.members.get(atRank).target();
	}

	private long now() {
		return this.chain.runtime().nanoTime();
	}

}
