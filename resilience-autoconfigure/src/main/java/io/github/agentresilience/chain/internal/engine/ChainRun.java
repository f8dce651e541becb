package io.github.agentresilience.chain.internal.engine;

import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;

import io.github.agentresilience.chain.Attempt;
import io.github.agentresilience.chain.CallCancelledException;
import io.github.agentresilience.chain.CallObserver;
import io.github.agentresilience.chain.Failure;
import io.github.agentresilience.chain.FailureKind;
import io.github.agentresilience.chain.StreamInterruptedException;
import io.github.agentresilience.chain.internal.budget.Turn;
import io.github.agentresilience.chain.internal.limit.Waiting;
import io.github.agentresilience.chain.internal.time.Nanos;
import io.github.agentresilience.chain.internal.time.Overtime;
import org.jspecify.annotations.Nullable;
import reactor.util.context.ContextView;

/**
 * One call of a chain, as whoever carries it out sees it. It is told how attempts begin
 * and end and answers with the next {@link Decision}; it waits for nothing and asks no
 * target. Its signals come one after the other, from whichever thread; where two attempts
 * may be in flight, {@link Hedging} has them take turns. What a signal leads to is in the
 * rules: {@link AttemptStart}, {@link AttemptEnd}, {@link FailureRules},
 * {@link HedgeRules} and {@link CallEnd}.
 *
 * @param <Q> the request
 * @param <A> the answer
 */
final class ChainRun<Q, A> {

	private final ActiveCall call;

	private final AttemptPlanner<Q, A> planner;

	/** {@code null} while no verdict is deferred. */
	private @Nullable OpenVerdicts<Q, A> openVerdicts;

	/**
	 * {@code null} while one attempt is in flight at a time. The timer brings it in while
	 * the call's only thread is away asking a target.
	 */
	private @Nullable Hedging<Q, A> hedging;

	/** {@code null} while the subscriber has no part of an answer that broke. */
	private @Nullable BrokenVersion broken;

	private @Nullable BackupStart<Q, A> backupStart;

	private @Nullable Q request;

	private ContextCarrier.@Nullable Carried context;

	private final boolean wholeStream;

	ChainRun(TargetChain<Q, A> chain, CallSpec spec, @Nullable ContextView streamContext, boolean streaming,
			boolean wholeStream) {
		this.wholeStream = wholeStream;
		long now = chain.runtime().nanoTime();
		// Before observers are told of the call, so that what is wrong with it ends no
		// call that has begun
		Turn turn = chain.runtime().turn(streamContext);
		long deadlineNanos = deadline(chain, spec, turn, now);
		this.call = new ActiveCall(chain, spec, streamContext, streaming, now, deadlineNanos);
		this.call.observedBy(Observers.of(chain.listeners(), this.call));
		this.planner = new AttemptPlanner<>(chain, this.call, CallBudget.of(turn, this.call));
		// A stream has no thread of its own, so its signals take turns in any case
		if (streamContext != null || (chain.hedges() && chain.mayAskTwice(spec))) {
			this.hedging = new Hedging<>(this, null);
		}
	}

	private static long deadline(TargetChain<?, ?> chain, CallSpec spec, @Nullable Turn turn, long now) {
		Duration deadline = spec.deadline();
		long own = now + (deadline != null ? Nanos.of(deadline) : chain.deadlineNanos());
		return (turn != null) ? turn.endNanos(own) : own;
	}

	ActiveCall call() {
		return this.call;
	}

	CallObserver observer() {
		return this.call.observer();
	}

	AttemptPlanner<Q, A> planner() {
		return this.planner;
	}

	/** The attempts that may be in flight at once, {@code null} while that is one. */
	@Nullable Hedging<Q, A> hedging() {
		return this.hedging;
	}

	/** Whether nothing of a stream goes to its subscriber before it is whole. */
	boolean needsWholeStream() {
		return this.wholeStream;
	}

	long now() {
		return this.planner.now();
	}

	long remainingNanos() {
		return this.planner.remainingNanos();
	}

	/** The verdicts that are deferred, {@code null} where there are none yet. */
	@Nullable OpenVerdicts<Q, A> openVerdicts() {
		return this.openVerdicts;
	}

	/** The same, for one more. */
	OpenVerdicts<Q, A> newVerdicts() {
		if (this.openVerdicts == null) {
			this.openVerdicts = new OpenVerdicts<>();
		}
		return this.openVerdicts;
	}

	Decision<Q, A> start() {
		this.planner.chain().budget().callStarted(this.call.startNanos());
		return FailureRules.orElseBypass(this, this.planner.next());
	}

	/**
	 * The attempt is due, and its target about to be asked.
	 * @return the attempt itself, or what to do instead where it may no longer be made
	 */
	Decision<Q, A> begin(ActiveAttempt<Q, A> attempt) {
		Hedging<Q, A> turn = takeTurn();
		try {
			return AttemptStart.begin(this, attempt, turn);
		}
		finally {
			endTurn(turn);
		}
	}

	/**
	 * The target answered, and the answer may be a failure in disguise, or one that the
	 * chain does not accept.
	 */
	Decision<Q, A> answered(ActiveAttempt<Q, A> attempt, Q asked, A answer) {
		Failure disguised = this.planner.chain().inspector().judge(answer);
		if (disguised != null && disguised.kind() != FailureKind.TOOL) {
			return failed(attempt, disguised);
		}
		AnswerJudge<Q, A> judge = (disguised == null) ? this.planner.chain().judge() : null;
		Failure unacceptable = (judge != null) ? judge.judge(asked, attempt.position(), answer) : null;
		if (unacceptable != null) {
			return unaccepted(attempt, unacceptable, Collections.singletonList(answer));
		}
		Hedging<Q, A> turn = takeTurn();
		try {
			if (disguised != null) {
				return AttemptEnd.deferred(this, attempt, disguised, answer);
			}
			return AttemptEnd.succeeded(this, attempt) ? new Decision.Answer<>(answer)
					: AttemptEnd.tooLate(this, attempt);
		}
		finally {
			endTurn(turn);
		}
	}

	/**
	 * A stream is whole, and none of it has gone to its subscriber.
	 */
	Decision<Q, A> answeredWhole(ActiveAttempt<Q, A> attempt, Q asked, List<A> chunks) {
		AnswerJudge<Q, A> judge = this.planner.chain().judge();
		Failure unacceptable = (judge != null) ? judge.judgeWhole(asked, attempt.position(), chunks) : null;
		if (unacceptable != null) {
			return unaccepted(attempt, unacceptable, chunks);
		}
		return succeeded(attempt) ? new Decision.Chunks<>(chunks) : new Decision.Nothing<>();
	}

	private Decision<Q, A> unaccepted(ActiveAttempt<Q, A> attempt, Failure why, List<A> chunks) {
		Hedging<Q, A> turn = takeTurn();
		try {
			return AttemptEnd.unaccepted(this, attempt, why, chunks);
		}
		finally {
			endTurn(turn);
		}
	}

	/**
	 * The target's answer is good and whole.
	 * @return whether the caller may have it
	 */
	boolean succeeded(ActiveAttempt<Q, A> attempt) {
		Hedging<Q, A> turn = takeTurn();
		try {
			return AttemptEnd.succeeded(this, attempt);
		}
		finally {
			endTurn(turn);
		}
	}

	/** The attempt failed, and nothing of its answer has gone to the caller. */
	Decision<Q, A> failed(ActiveAttempt<Q, A> attempt, Failure failure) {
		Hedging<Q, A> turn = takeTurn();
		try {
			return AttemptEnd.failed(this, attempt, failure);
		}
		finally {
			endTurn(turn);
		}
	}

	/**
	 * The attempt failed after part of its answer had gone to the caller: no other target
	 * can take over.
	 */
	RuntimeException failedAfterCommit(ActiveAttempt<Q, A> attempt, Failure failure, String textSoFar) {
		Hedging<Q, A> turn = takeTurn();
		try {
			return AttemptEnd.interrupted(this, attempt, failure, textSoFar);
		}
		finally {
			endTurn(turn);
		}
	}

	/**
	 * The same, where another version of the answer may take the place of that part.
	 */
	Decision<Q, A> brokeInShownVersion(ActiveAttempt<Q, A> attempt, Failure failure, String textSoFar) {
		Hedging<Q, A> turn = takeTurn();
		try {
			return AttemptEnd.brokeInShownVersion(this, attempt, failure, textSoFar);
		}
		finally {
			endTurn(turn);
		}
	}

	/** The part that the subscriber has is void, or all that it gets. */
	void broken(ActiveAttempt<Q, A> attempt, StreamInterruptedException version) {
		this.broken = new BrokenVersion(attempt, version);
		if (this.hedging != null) {
			this.hedging.leaderBroke();
		}
	}

	/** How the answer broke that the subscriber has a part of, {@code null} for none. */
	@Nullable StreamInterruptedException brokenVersion() {
		BrokenVersion part = this.broken;
		return (part != null) ? part.why() : null;
	}

	/**
	 * Whether the chunk about to go out is the first of a version that takes another's
	 * place.
	 */
	boolean takeRestart() {
		BrokenVersion part = this.broken;
		boolean first = part != null && part.takeRestart();
		tellOfRestart();
		return first;
	}

	/** There is no room for another call that waits. */
	Decision<Q, A> cannotWait() {
		Hedging<Q, A> turn = takeTurn();
		try {
			return CallEnd.exhausted(this);
		}
		finally {
			endTurn(turn);
		}
	}

	/** The call has waited, until it was given what it needs or its deadline came. */
	Decision<Q, A> waited(Waiting waiting) {
		Hedging<Q, A> turn = takeTurn();
		try {
			Waiting.Grant grant = waiting.end();
			if (grant == null) {
				return CallEnd.exhausted(this);
			}
			ActiveAttempt<Q, A> attempt = this.planner.granted(waiting, grant);
			return FailureRules.orElseBypass(this, (attempt != null) ? attempt : this.planner.next());
		}
		finally {
			endTurn(turn);
		}
	}

	/** The caller has gone away while the call waited. */
	Decision<Q, A> cancelledWaiting(Waiting waiting, @Nullable Throwable cause) {
		waiting.giveUp();
		Hedging<Q, A> turn = takeTurn();
		try {
			return CallEnd.cancelledBy(this, new CallCancelledException(cause));
		}
		finally {
			endTurn(turn);
		}
	}

	/**
	 * Another version takes the place of what the subscriber has. Where it comes in one
	 * piece, the call ends before its first chunk goes out.
	 */
	void tellOfRestart() {
		BrokenVersion part = this.broken;
		if (part != null) {
			part.tell(observer());
		}
	}

	/** The caller has gone away. */
	void cancelled(ActiveAttempt<Q, A> attempt) {
		Hedging<Q, A> turn = takeTurn();
		try {
			AttemptEnd.cancelled(this, attempt, turn);
		}
		finally {
			endTurn(turn);
		}
	}

	/** The caller has gone away before the attempt was made. */
	Decision<Q, A> cancelledBeforeStart(ActiveAttempt<Q, A> attempt, Throwable cause) {
		return AttemptEnd.cancelledBeforeStart(this, attempt, cause);
	}

	/** The caller has gone away before a decision was carried out. */
	void abandoned(Decision<Q, A> decision, Throwable cause) {
		if (decision instanceof ActiveAttempt<Q, A> attempt) {
			cancelledBeforeStart(attempt, cause);
		}
		else if (decision instanceof Decision.AskLastResort || decision instanceof Decision.AwaitLimits) {
			CallEnd.cancelled(this, new CallCancelledException(cause));
		}
	}

	/** The subscriber of a stream has gone away. */
	void subscriberGone() {
		if (this.hedging != null) {
			this.hedging.subscriberGone();
		}
	}

	/**
	 * Whoever drives the attempt is done with it. How it ended cannot be said any more,
	 * but for the verdict that an answer waits for.
	 */
	void driven(ActiveAttempt<Q, A> attempt) {
		attempt.left();
		if (!attempt.isUndecided()) {
			attempt.release();
		}
	}

	/**
	 * Whoever drives the call is done with it, and no verdict is given any more. Whoever
	 * has the turn just then ends the call.
	 */
	void closed() {
		Hedging<Q, A> turn = this.hedging;
		if (turn != null && !turn.tryTurn()) {
			return;
		}
		try {
			CallEnd.settleAnswers(this, Attempt.Outcome.CANCELLED);
			if (this.openVerdicts != null) {
				this.openVerdicts.unaccepted().settle(false, observer());
			}
		}
		finally {
			endTurn(turn);
		}
	}

	/** How the retry that is left is made beside the attempt that has just begun. */
	void onBackup(BackupStart<Q, A> start, Q toBeAsked, ContextCarrier.Carried under) {
		this.backupStart = start;
		this.request = toBeAsked;
		this.context = under;
	}

	void noBackup() {
		this.backupStart = null;
	}

	void startBackup(ActiveAttempt<Q, A> slow) {
		Objects.requireNonNull(this.backupStart)
			.start(this, slow, Objects.requireNonNull(this.request), Objects.requireNonNull(this.context));
	}

	/**
	 * Whether the call takes a retry beside an attempt that has had its time; from then
	 * on it has two threads.
	 */
	boolean takesBackup(ActiveAttempt<Q, A> slow) {
		if (this.backupStart == null) {
			return false;
		}
		if (this.hedging == null) {
			this.hedging = new Hedging<>(this, slow);
		}
		return this.hedging.isOpen();
	}

	/**
	 * What becomes of the attempt now that its time is over. The timer waits for no turn,
	 * in which observers may take their time.
	 */
	Overtime overtime(ActiveAttempt<Q, A> attempt) {
		Hedging<Q, A> turn = this.hedging;
		if (turn != null && !turn.tryTurn()) {
			return Overtime.ASK_AGAIN;
		}
		try {
			return HedgeRules.overtime(this, attempt);
		}
		finally {
			endTurn(turn);
		}
	}

	/**
	 * The attempt is slow: another may be made beside it.
	 * @param outcome will hold the decision that follows from the hedge
	 * @return the hedge, or {@code null} where there is to be none
	 */
	@Nullable ActiveAttempt<Q, A> startHedge(ActiveAttempt<Q, A> slow, CompletableFuture<Decision<Q, A>> outcome) {
		Hedging<Q, A> turn = takeTurn();
		try {
			return (turn != null) ? turn.start(slow, outcome) : null;
		}
		finally {
			endTurn(turn);
		}
	}

	/**
	 * Whether the attempt's answer is the one that goes to the caller, now that it has
	 * begun to come.
	 */
	boolean leads(ActiveAttempt<Q, A> attempt) {
		Hedging<Q, A> turn = takeTurn();
		try {
			return turn == null || turn.leads(attempt);
		}
		finally {
			endTurn(turn);
		}
	}

	private @Nullable Hedging<Q, A> takeTurn() {
		Hedging<Q, A> turn = this.hedging;
		if (turn != null) {
			turn.takeTurn();
		}
		return turn;
	}

	private static void endTurn(@Nullable Hedging<?, ?> turn) {
		if (turn != null) {
			turn.endTurn();
		}
	}

}
