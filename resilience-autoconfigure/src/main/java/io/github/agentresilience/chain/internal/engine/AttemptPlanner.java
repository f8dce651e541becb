package io.github.agentresilience.chain.internal.engine;

import java.time.Duration;
import java.util.List;
import java.util.Objects;

import io.github.agentresilience.chain.BudgetExhaustedException;
import io.github.agentresilience.chain.Failure;
import io.github.agentresilience.chain.SkippedTarget;
import io.github.agentresilience.chain.internal.budget.Expense;
import io.github.agentresilience.chain.internal.budget.RetryBudget;
import io.github.agentresilience.chain.internal.guard.Admission;
import io.github.agentresilience.chain.internal.guard.GuardedTarget;
import io.github.agentresilience.chain.internal.guard.Permit;
import io.github.agentresilience.chain.internal.limit.Waiting;
import io.github.agentresilience.chain.internal.policy.TimeoutPolicy;
import io.github.agentresilience.chain.internal.route.Member;
import io.github.agentresilience.chain.internal.route.Members;
import io.github.agentresilience.chain.internal.time.Nanos;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import org.jspecify.annotations.Nullable;

/**
 * Plans the attempts of one call: which target may be asked next, and when. An attempt
 * that is due at once comes with a permission of its target's breaker; one that waits
 * first asks for it when it is due, because a breaker may open meanwhile and a half-open
 * one must not be held up.
 */
final class AttemptPlanner<Q, A> {

	private static final short NOWHERE = -1;

	private static final long SECOND = 1_000_000_000;

	private final TargetChain<Q, A> chain;

	private final ActiveCall call;

	private final List<Member<Q, A>> members;

	/** {@code null} where all of them can serve the request. */
	private final @Nullable SuitableMembers<Q, A> suitable;

	/** {@code null} where the call's turn has no budget. */
	private final @Nullable CallBudget turnBudget;

	// Narrow, because every call has them; no chain has more targets than that

	/** Where the call has come to. */
	private short rank = NOWHERE;

	private short triesHere;

	private short attempts;

	private short hedgedRank = NOWHERE;

	private @Nullable CallHistory history;

	/** {@code null} while no target is over its limits. */
	private @Nullable OverLimits<Q, A> overLimits;

	/**
	 * A call that has not begun.
	 * @param turnBudget what its attempts take of the turn's, {@code null} where that has
	 * none
	 */
	AttemptPlanner(TargetChain<Q, A> chain, ActiveCall call, @Nullable CallBudget turnBudget) {
		this.chain = chain;
		this.turnBudget = turnBudget;
		this.call = call;
		this.members = chain.router().order(call.isStreaming(), call.spec().preference(), call.spec().tokens());
		this.suitable = SuitableMembers.of(this.members, call.spec().suitability());
	}

	long remainingNanos() {
		return this.call.deadlineNanos() - now();
	}

	TargetChain<Q, A> chain() {
		return this.chain;
	}

	/** What has gone wrong so far. */
	CallHistory history() {
		if (this.history == null) {
			this.history = new CallHistory();
		}
		return this.history;
	}

	/** The same target once more, where it may be asked again in time. */
	@Nullable ActiveAttempt<Q, A> retry(ActiveAttempt<Q, A> attempt, Failure failure) {
		GuardedTarget<Q, A> guard = target(this.rank);
		Duration retryAfter = failure.retryAfter();
		// Another call may have been told a longer cooldown than this one
		long cooldown = guard.cooldownNanos(now());
		if (attempt.isBreakerBypass() || this.triesHere >= guard.retry().maxAttempts()
				|| cooldown > guard.maxRetryAfterNanos()
				|| (retryAfter != null && Nanos.of(retryAfter) > guard.maxRetryAfterNanos())) {
			return null;
		}
		long backoff = guard.retry().backoffNanos(this.triesHere, this.chain.runtime().random().getAsDouble());
		long delay = Math.max(backoff, cooldown);
		Expense reserved = (delay >= remainingNanos() || guard.targetBreaker().isOpenFor(delay)) ? null
				: reserve(this.rank);
		RetryBudget.Grant grant = (reserved != null) ? this.chain.budget().tryRetry() : null;
		if (grant == null) {
			giveBack(reserved, null);
			return null;
		}
		ActiveAttempt<Q, A> again = attempt(ActiveAttempt.Role.RETRY, delay);
		again.granted(grant);
		again.reserved(reserved);
		return again;
	}

	/**
	 * Whether the target of an attempt in flight could be asked once more, as far as can
	 * be seen. A half-open breaker learns from the attempt in flight: a second one would
	 * take the place of another call's, and the silence of the first would count against
	 * the answer of the second.
	 */
	boolean mayRetry(ActiveAttempt<Q, A> attempt) {
		GuardedTarget<Q, A> guard = target(attempt.rank());
		return !attempt.isBreakerBypass() && attempt.tryOnTarget() < guard.retry().maxAttempts() && remainingNanos() > 0
				&& guard.isHealthy(now()) && this.chain.budget().hasRetry() && affords(attempt.rank());
	}

	/**
	 * Whether another target than that of the attempt in flight could be asked, as far as
	 * can be seen.
	 */
	boolean canMoveOn() {
		int first = firstLeft();
		if (first >= this.members.size()) {
			return false;
		}
		long most = remainingNanos();
		for (int i = first; i < this.members.size() && most > 0; i++) {
			GuardedTarget<Q, A> guard = target(i);
			if (isLeft(i) && obstacle(i) == null && triedAt(i) < guard.retry().maxAttempts()
					&& guard.unavailableForNanos(now()) <= Math.min(guard.maxRetryAfterNanos(), most)
					&& guard.breaker().getState() != CircuitBreaker.State.FORCED_OPEN
					&& !guard.targetBreaker().isBusyRecovering() && hasRoom(i) && affords(i)) {
				return true;
			}
		}
		return false;
	}

	/** The same target once more, beside an attempt that has had its time there. */
	@Nullable ActiveAttempt<Q, A> backup(ActiveAttempt<Q, A> slow) {
		Permit permit = mayRetry(slow) ? permit(admit(slow.rank())) : null;
		Expense reserved = (permit != null) ? reserve(slow.rank()) : null;
		RetryBudget.Grant grant = (reserved != null) ? this.chain.budget().tryRetry() : null;
		if (grant == null) {
			giveBack(reserved, permit);
			return null;
		}
		ActiveAttempt<Q, A> beside = attempt(ActiveAttempt.Role.BACKUP, 0);
		beside.granted(grant);
		beside.admitted(permit);
		beside.reserved(reserved);
		return beside;
	}

	/**
	 * Lets an attempt go to its target, now that it is due.
	 * @return whether it may; it may not where the deadline is over, the breaker refuses
	 * it, or the target cools down for longer than was waited for
	 */
	boolean admits(ActiveAttempt<Q, A> attempt) {
		if (!attempt.needsPermit()) {
			return true;
		}
		GuardedTarget<Q, A> guard = target(attempt.rank());
		boolean coolsDown = guard.cooldownNanos(Math.max(now(), attempt.startNanos())) > 0;
		Admission admission = (coolsDown || remainingNanos() <= 0) ? null : admit(attempt.rank());
		if (admission instanceof Permit permit) {
			attempt.admitted(permit);
			return true;
		}
		this.attempts--;
		this.triesHere--;
		notMade(attempt);
		if (admission instanceof Admission.Refused refused) {
			refused(attempt.rank(), attempt.tryOnTarget() - 1, refused);
		}
		if (!attempt.isRetry() && remainingNanos() > 0) {
			skip(attempt.rank(), (admission instanceof Admission.Refused refused) ? refused.reason()
					: SkippedTarget.Reason.RETRY_AFTER);
		}
		return false;
	}

	/** What was not made has cost nothing. */
	void notMade(ActiveAttempt<Q, A> attempt) {
		attempt.expense().giveBack();
		if (attempt.isHedge() && !attempt.isBackup()) {
			this.chain.hedgeTokens().giveBack();
		}
		RetryBudget.Grant grant = attempt.grant();
		if (grant != null) {
			this.chain.budget().giveBack(grant);
		}
	}

	/** Moving on never waits, save for a Retry-After short enough to sit out. */
	@Nullable ActiveAttempt<Q, A> next() {
		for (int i = firstLeft(); i < this.members.size(); i++) {
			// Read once: reading the clock is a good part of what a call costs
			long now = now();
			long remaining = this.call.deadlineNanos() - now;
			if (remaining <= 0) {
				return null;
			}
			if (!isLeft(i)) {
				continue;
			}
			SkippedTarget obstacle = obstacle(i);
			if (obstacle != null) {
				skip(i, obstacle);
				continue;
			}
			GuardedTarget<Q, A> guard = target(i);
			long cooldown = guard.cooldownNanos(now);
			int tries = Math.max(triedAt(i), (this.overLimits != null) ? this.overLimits.tries(i) : 0);
			if (tries >= guard.retry().maxAttempts()) {
				continue;
			}
			if (cooldown > Math.min(guard.maxRetryAfterNanos(), remaining)) {
				skip(i, SkippedTarget.Reason.RETRY_AFTER);
				continue;
			}
			Admission admission = (cooldown == 0) ? admit(i) : null;
			if (admission instanceof Admission.Refused refused) {
				refused(i, triedAt(i), refused);
				skip(i, refused.reason());
				continue;
			}
			if (admission == null && guard.targetBreaker().isOpenFor(cooldown)) {
				skip(i, SkippedTarget.Reason.BREAKER_OPEN);
				continue;
			}
			Expense reserved = reserve(i);
			if (reserved == null) {
				giveBack(null, permit(admission));
				skip(i, SkippedTarget.Reason.BUDGET);
				continue;
			}
			moveTo(i, tries);
			if (this.overLimits != null) {
				this.overLimits.cameTo(i);
			}
			this.triesHere = narrow(this.triesHere + 1);
			ActiveAttempt<Q, A> attempt = attempt(i, this.triesHere, ActiveAttempt.Role.REGULAR, cooldown, now);
			attempt.admitted(permit(admission));
			attempt.reserved(reserved);
			return attempt;
		}
		return null;
	}

	/** The last target, though its breaker is open like all the others. */
	@Nullable ActiveAttempt<Q, A> bypass() {
		List<Member<Q, A>> able = able();
		if (able.isEmpty()) {
			return null;
		}
		int last = this.members.indexOf(Members.last(able));
		GuardedTarget<Q, A> guard = target(last);
		boolean wanted = this.chain.triesLastTarget() && Members.areAllOpen(able) && guard.cooldownNanos(now()) == 0
				&& remainingNanos() > 0 && (this.rank != last || this.triesHere == 0);
		Permit permit = wanted
				? permit(guard.admitPastBreaker(this.call.spec().tokens(), this.members.get(last).position())) : null;
		Expense reserved = (permit != null) ? reserve(last) : null;
		if (reserved == null) {
			giveBack(null, permit);
			return null;
		}
		moveTo(last, 0);
		ActiveAttempt<Q, A> attempt = attempt(ActiveAttempt.Role.BREAKER_BYPASS, 0);
		attempt.admitted(permit);
		attempt.reserved(reserved);
		return attempt;
	}

	private void refused(int atRank, int tries, Admission.Refused why) {
		if (why.isLimit()) {
			if (this.overLimits == null) {
				this.overLimits = new OverLimits<>(this.members, this.call.spec());
			}
			this.overLimits.add(atRank, tries);
		}
	}

	/**
	 * The place of the call in the lines of the targets that were passed over because
	 * they are over their limits.
	 * @return {@code null} where there are none, or where its turn would come too late
	 */
	@Nullable Waiting waiting() {
		return (this.overLimits != null) ? this.overLimits.waiting(remainingNanos(), this::affords) : null;
	}

	/**
	 * An attempt at a target that the call has waited for. From here on it goes only to
	 * others of that kind: it has been at all the rest.
	 * @return {@code null} where the target's breaker refuses it now, or it cools down
	 */
	@Nullable ActiveAttempt<Q, A> granted(Waiting waited, Waiting.Grant grant) {
		OverLimits<Q, A> over = Objects.requireNonNull(this.overLimits);
		int at = grant.rank();
		GuardedTarget<Q, A> guard = target(at);
		over.hasWaited(waited);
		if (remainingNanos() <= 0 || guard.cooldownNanos(now()) > 0) {
			grant.reservation().released();
			return null;
		}
		over.cameTo(at);
		Permit permit = permit(guard.admit(grant.reservation()));
		Expense reserved = (permit != null) ? reserve(at) : null;
		int tries = over.tries(at);
		RetryBudget.Grant retry = (reserved != null && tries > 0) ? this.chain.budget().tryRetry() : null;
		if (reserved == null || (tries > 0 && retry == null)) {
			giveBack(reserved, permit);
			return null;
		}
		moveTo(at, tries);
		ActiveAttempt<Q, A> attempt = attempt((retry != null) ? ActiveAttempt.Role.RETRY : ActiveAttempt.Role.REGULAR,
				0);
		attempt.admitted(permit);
		attempt.reserved(reserved);
		if (retry != null) {
			attempt.granted(retry);
		}
		return attempt;
	}

	private int firstLeft() {
		return (this.overLimits != null && this.overLimits.hasWaited()) ? 0 : this.rank + 1;
	}

	/** Whether a target from there on has not been asked yet. */
	private boolean isLeft(int atRank) {
		return this.overLimits == null || !this.overLimits.hasWaited() || this.overLimits.isOver(atRank);
	}

	/** How often a target has been asked before the call comes to it in its order. */
	private int triedAt(int atRank) {
		return (atRank == this.hedgedRank) ? 1 : 0;
	}

	/** More than that no call makes before its deadline. */
	private static short narrow(int count) {
		return (short) Math.min(count, Short.MAX_VALUE);
	}

	/** Goes on from another target. */
	void moveTo(int newRank, int tries) {
		this.rank = (short) newRank;
		this.triesHere = narrow(tries);
	}

	/**
	 * A silent target may be asked again, and then those behind it are looked at once
	 * more; their skip is told once.
	 */
	private void skip(int atRank, SkippedTarget.Reason reason) {
		skip(atRank, new SkippedTarget(target(atRank).name(), reason));
	}

	private void skip(int atRank, SkippedTarget skip) {
		if (history().skipped(atRank, skip)) {
			this.call.observer().targetSkipped(skip);
		}
	}

	private ActiveAttempt<Q, A> attempt(ActiveAttempt.Role role, long delayNanos) {
		this.triesHere = narrow(this.triesHere + 1);
		return attempt(this.rank, this.triesHere, role, delayNanos);
	}

	private ActiveAttempt<Q, A> attempt(int atRank, int tries, ActiveAttempt.Role role, long delayNanos) {
		return attempt(atRank, tries, role, delayNanos, now());
	}

	/**
	 * An attempt that is decided on.
	 * @param lookedAt when its target was looked at. To count the tokens of the prompt
	 * takes a moment, which matters only where the deadline cuts the attempt short
	 */
	private ActiveAttempt<Q, A> attempt(int atRank, int tries, ActiveAttempt.Role role, long delayNanos,
			long lookedAt) {
		this.attempts = narrow(this.attempts + 1);
		Member<Q, A> member = this.members.get(atRank);
		TimeoutPolicy timeouts = member.target().timeouts();
		Duration own = this.call.isStreaming() ? timeouts.firstChunk() : timeouts.attempt();
		Duration ofCall = this.call.spec().timeout();
		long wanted = Nanos.of(ofCall != null ? ofCall : own);
		boolean near = this.call.deadlineNanos() - lookedAt - delayNanos - wanted < SECOND;
		long now = near ? now() : lookedAt;
		long left = this.call.deadlineNanos() - now - delayNanos;
		return new ActiveAttempt<>(this.call, member, atRank, this.attempts, tries, role, now, delayNanos,
				Math.min(wanted, left), left < wanted || isHurried(own));
	}

	/**
	 * Housekeeping waits less than calls do, and a target that is too slow for the one
	 * may be quick enough for the other.
	 */
	private boolean isHurried(Duration own) {
		Duration ofCall = this.call.spec().timeout();
		return ofCall != null && !this.call.isScored() && !this.call.isSynthetic() && ofCall.compareTo(own) < 0;
	}

	/**
	 * An attempt at the next healthy target, besides the one in flight, where the chain
	 * may still hedge.
	 */
	@Nullable ActiveAttempt<Q, A> hedge() {
		for (int i = firstLeft(); i < this.members.size() && remainingNanos() > 0; i++) {
			GuardedTarget<Q, A> guard = target(i);
			if (!isLeft(i) || obstacle(i) != null || !guard.isHealthy(now())) {
				continue;
			}
			Permit permit = permit(admit(i));
			if (permit != null) {
				Expense reserved = reserve(i);
				if (reserved == null) {
					permit.released();
					continue;
				}
				if (!this.chain.hedgeTokens().tryTake()) {
					giveBack(reserved, permit);
					return null;
				}
				this.hedgedRank = (short) i;
				ActiveAttempt<Q, A> attempt = attempt(i, 1, ActiveAttempt.Role.HEDGE, 0);
				attempt.admitted(permit);
				attempt.reserved(reserved);
				return attempt;
			}
		}
		return null;
	}

	/** How long until a target may be asked again, as far as that is known. */
	@Nullable Duration retryIn() {
		List<Member<Q, A>> able = able();
		long soonest = Members.availableInNanos(able, this.call.spec().tokens(), now());
		return (soonest == 0 || able.isEmpty()) ? null : Duration.ofNanos(soonest);
	}

	/**
	 * What ends the call where its turn can pay for nothing of the chain any more,
	 * {@code null} where that is not what ends it.
	 */
	@Nullable BudgetExhaustedException budgetExhausted() {
		return (this.turnBudget == null || remainingNanos() <= 0) ? null
				: this.turnBudget.exhausted(able(), history().last());
	}

	/** What the turn puts aside for an attempt, {@code null} where it cannot. */
	private @Nullable Expense reserve(int atRank) {
		return (this.turnBudget != null) ? this.turnBudget.reserve(this.members.get(atRank)) : Expense.NONE;
	}

	private boolean affords(int atRank) {
		return this.turnBudget == null || this.turnBudget.affords(this.members.get(atRank));
	}

	private static void giveBack(@Nullable Expense reserved, @Nullable Permit permit) {
		if (reserved != null) {
			reserved.giveBack();
		}
		if (permit != null) {
			permit.released();
		}
	}

	/** Those that can serve the request. */
	private List<Member<Q, A>> able() {
		return (this.suitable != null) ? this.suitable.suitable() : this.members;
	}

	private @Nullable SkippedTarget obstacle(int atRank) {
		return (this.suitable != null) ? this.suitable.obstacle(atRank) : null;
	}

	private Admission admit(int atRank) {
		return target(atRank).admit(this.call.spec().tokens(), this.members.get(atRank).position());
	}

	private static @Nullable Permit permit(@Nullable Admission admission) {
		return (admission instanceof Permit permit) ? permit : null;
	}

	/** Whether the limits of a target would let an attempt through. */
	private boolean hasRoom(int atRank) {
		return target(atRank).hasRoom(this.call.spec().tokens(), this.members.get(atRank).position());
	}

	private GuardedTarget<Q, A> target(int atRank) {
		return this.members.get(atRank).target();
	}

	/** The chain's clock. */
	long now() {
		return this.chain.runtime().nanoTime();
	}

}
