package io.github.agentresilience.chain.internal.engine;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

import io.github.agentresilience.chain.Attempt;
import io.github.agentresilience.chain.Call;
import io.github.agentresilience.chain.CallObserver;
import io.github.agentresilience.chain.Failure;
import org.jspecify.annotations.Nullable;

/**
 * The attempts of one call whose verdicts are deferred: it takes another target's answer
 * to know what theirs meant.
 *
 * @param <Q> the request
 * @param <A> the answer
 */
final class OpenVerdicts<Q, A> {

	/** Answers that may be failures in disguise. */
	private final List<Deferred<A>> answers = new ArrayList<>(2);

	private final Unaccepted<A> unaccepted = new Unaccepted<>();

	/** A refusal that may be the target's own or the caller's. */
	private @Nullable ActiveAttempt<Q, A> refusal;

	void deferred(ActiveAttempt<Q, A> attempt, A answer) {
		this.answers.add(new Deferred<>(attempt, answer));
	}

	boolean hasAnswers() {
		return !this.answers.isEmpty();
	}

	/** The answer of the target that was asked first. */
	Deferred<A> firstAnswer() {
		return this.answers.get(0);
	}

	/** The answers that were not accepted. */
	Unaccepted<A> unaccepted() {
		return this.unaccepted;
	}

	/** Whether there is an answer to return where no target does better. */
	boolean hasAnyAnswer() {
		return hasAnswers() || this.unaccepted.best() != null;
	}

	/**
	 * Whether one of them is more than what a failed attempt brought, which serves the
	 * call only where nothing else does.
	 */
	boolean hasBetterAnswer() {
		Unaccepted.Kept<A> best = this.unaccepted.best();
		return hasAnswers() || (best != null && !best.isFailed());
	}

	void refused(ActiveAttempt<Q, A> attempt) {
		this.refusal = attempt;
	}

	/** The unclear refusal, {@code null} where there is none. */
	@Nullable ActiveAttempt<Q, A> refusal() {
		return this.refusal;
	}

	/** Gives every deferred answer its verdict. */
	void settleAnswers(Attempt.Outcome verdict, CallObserver observer) {
		List<Deferred<A>> settled = List.copyOf(this.answers);
		this.answers.clear();
		for (Deferred<A> deferred : settled) {
			deferred.attempt.judged(verdict);
			observer.attemptJudged(deferred.attempt);
		}
	}

	/**
	 * It is known now whose fault an unclear refusal was: the target's where another took
	 * the same request.
	 */
	void settleRefusal(Call.Outcome outcome, CallObserver observer) {
		ActiveAttempt<Q, A> refusing = this.refusal;
		if (refusing == null) {
			return;
		}
		this.refusal = null;
		Failure failure = Objects.requireNonNull(refusing.failure());
		switch (outcome) {
			case ANSWERED, TOOL_ERROR, DEGRADED ->
				refusing.record().judged(Attempt.Outcome.FAILURE, failure.asTargets());
			case CANCELLED -> refusing.record().judged(Attempt.Outcome.CANCELLED, failure);
			default -> refusing.record().judged(Attempt.Outcome.FAILURE, failure);
		}
		observer.attemptJudged(refusing);
	}

	/**
	 * One answer with a deferred verdict.
	 *
	 * @param attempt the attempt that brought it
	 * @param answer what it says
	 */
	record Deferred<A>(ActiveAttempt<?, A> attempt, A answer) {
	}

}
