package io.github.agentresilience.chain.internal.engine;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.ReentrantLock;

import io.github.agentresilience.chain.Attempt;
import io.github.agentresilience.chain.Call;
import io.github.agentresilience.chain.internal.time.Cancellation;
import org.jspecify.annotations.Nullable;

/**
 * The two attempts of a call that may be in flight at once: the primary, which goes
 * through the chain, and its hedge or backup. Their signals come from two threads, so
 * they take turns. Whichever answers first ends the call, the other is cancelled; where
 * the primary fails, the hedge takes its place.
 *
 * @param <Q> the request
 * @param <A> the answer
 */
final class Hedging<Q, A> {

	private final ChainRun<Q, A> run;

	/**
	 * No monitor: observers are told within a turn, and a virtual thread that blocks in a
	 * monitor pins its carrier.
	 */
	private final ReentrantLock turn = new ReentrantLock();

	private volatile @Nullable ActiveAttempt<Q, A> primary;

	private volatile boolean subscriberGone;

	private Decision.@Nullable AwaitHedge<Q, A> hedge;

	/** The attempt whose answer has begun to go to the caller. */
	private @Nullable ActiveAttempt<Q, A> leader;

	private @Nullable ActiveAttempt<Q, A> loser;

	/**
	 * The hedging of a call.
	 * @param primary the attempt in flight, {@code null} before the first
	 */
	Hedging(ChainRun<Q, A> run, @Nullable ActiveAttempt<Q, A> primary) {
		this.run = run;
		this.primary = primary;
	}

	void takeTurn() {
		this.turn.lock();
	}

	/** Takes the turn where that needs no waiting. */
	boolean tryTurn() {
		return this.turn.tryLock();
	}

	/**
	 * Cancelling an exchange may touch its socket, so that is done when the turn is over.
	 */
	void endTurn() {
		if (this.turn.getHoldCount() > 1) {
			this.turn.unlock();
			return;
		}
		ActiveAttempt<Q, A> superseded = this.loser;
		this.loser = null;
		this.turn.unlock();
		if (superseded != null) {
			superseded.cancellation().cancel(Cancellation.Reason.SUPERSEDED);
		}
	}

	/** The target of an attempt is about to be asked. */
	void begun(ActiveAttempt<Q, A> attempt) {
		if (!attempt.isHedge()) {
			this.primary = attempt;
		}
	}

	/**
	 * The subscriber of a stream has gone away. Whatever is under way hears of it from
	 * its own operators, but for one that was just being subscribed to.
	 */
	void subscriberGone() {
		this.subscriberGone = true;
		abandon(this.primary);
		Decision.AwaitHedge<Q, A> beside = this.hedge;
		abandon((beside != null) ? beside.attempt() : null);
	}

	private void abandon(@Nullable ActiveAttempt<Q, A> attempt) {
		if (attempt != null) {
			this.run.cancelled(attempt);
			attempt.cancellation().cancel(Cancellation.Reason.ABANDONED);
		}
	}

	boolean isSubscriberGone() {
		return this.subscriberGone;
	}

	boolean hasHedge() {
		return this.hedge != null;
	}

	/** Whether another attempt may be made beside the primary. */
	boolean isOpen() {
		return this.hedge == null && this.leader == null;
	}

	/** Whether another attempt than this one may still answer. */
	boolean isAnotherInFlight(ActiveAttempt<Q, A> attempt) {
		ActiveAttempt<Q, A> other = (attempt.isHedge() || this.hedge == null) ? this.primary : this.hedge.attempt();
		return other != attempt && isInFlight(other);
	}

	boolean isPrimaryInFlight() {
		return isInFlight(this.primary);
	}

	/**
	 * The primary is slow: another attempt may be made beside it.
	 * @param outcome will hold the decision that follows from the hedge
	 * @return the hedge, or {@code null} where there is to be none
	 */
	@Nullable ActiveAttempt<Q, A> start(ActiveAttempt<Q, A> slow, CompletableFuture<Decision<Q, A>> outcome) {
		if (!isOpen() || slow.isSettled()) {
			return null;
		}
		ActiveAttempt<Q, A> attempt = slow.cancellation().isOverdue() ? this.run.planner().backup(slow)
				: this.run.planner().hedge();
		this.hedge = (attempt != null) ? new Decision.AwaitHedge<>(attempt, outcome) : null;
		return attempt;
	}

	/**
	 * Whether the attempt's answer is the one that goes to the caller, now that it has
	 * begun to come.
	 */
	boolean leads(ActiveAttempt<Q, A> attempt) {
		if (this.leader == null && !attempt.isSettled()) {
			this.leader = attempt;
			settleOther(attempt, Call.Outcome.ANSWERED);
		}
		return this.leader == attempt;
	}

	/**
	 * The answer that had begun to go to the caller broke: another may take its place.
	 */
	void leaderBroke() {
		this.leader = null;
	}

	/**
	 * What is left to do after an attempt has ended beside which another is in flight;
	 * {@code null} where none is.
	 */
	@Nullable Decision<Q, A> besides(ActiveAttempt<Q, A> attempt) {
		if (attempt.isHedge()) {
			return isInFlight(this.primary) ? new Decision.Nothing<>() : null;
		}
		if (this.hedge == null || !isInFlight(this.hedge.attempt())) {
			return null;
		}
		this.run.planner().moveTo(this.hedge.attempt().rank(), this.hedge.attempt().tryOnTarget());
		return this.hedge;
	}

	/**
	 * What follows from an attempt whose end had been settled without it; {@code null}
	 * where that was its caller's doing.
	 */
	@Nullable Decision<Q, A> tooLate(ActiveAttempt<Q, A> attempt) {
		return attempt.isHedge() ? new Decision.Nothing<>() : this.hedge;
	}

	/** Settles what is in flight besides the attempt that decided the call. */
	void settleOther(@Nullable ActiveAttempt<?, A> decisive, Call.Outcome outcome) {
		ActiveAttempt<Q, A> other = (decisive != null && decisive.isHedge() || this.hedge == null) ? this.primary
				: this.hedge.attempt();
		Attempt.Outcome how = (outcome == Call.Outcome.ANSWERED) ? Attempt.Outcome.SUPERSEDED
				: Attempt.Outcome.CANCELLED;
		if (other != null && other != decisive && settleAs(how, other)) {
			this.loser = other;
		}
	}

	/**
	 * The hedge's thread has given up while the primary goes on, so the call goes on too.
	 */
	void hedgeCancelled(ActiveAttempt<Q, A> attempt) {
		settleAs(Attempt.Outcome.CANCELLED, attempt);
	}

	private boolean settleAs(Attempt.Outcome outcome, ActiveAttempt<Q, A> attempt) {
		if (!attempt.settle()) {
			return false;
		}
		if (attempt.isHedge() && !attempt.hasBegun()) {
			AttemptStart.withdrawn(this.run, attempt);
			return true;
		}
		if (outcome == Attempt.Outcome.SUPERSEDED && attempt.cancellation().isOverdue() && !attempt.isBackup()) {
			// It has had the time in which another target would have been asked
			AttemptEnd.recordFailure(this.run, attempt, Timeouts.of(attempt));
			return true;
		}
		if (outcome == Attempt.Outcome.SUPERSEDED) {
			attempt.superseded(this.run.now());
		}
		else {
			attempt.cancelled(null, this.run.now());
		}
		this.run.observer().attemptEnded(attempt);
		return true;
	}

	private static boolean isInFlight(@Nullable ActiveAttempt<?, ?> attempt) {
		return attempt != null && !attempt.isSettled();
	}

}
