package io.github.agentresilience.chain;

import java.util.ArrayList;
import java.util.List;

/**
 * The answers of one call that may be failures in disguise, until it is known what they were.
 */
final class Doubts<A> {

	private final List<Doubt<A>> doubts = new ArrayList<>(2);

	void add(Attempt attempt, Failure failure, A answer) {
		this.doubts.add(new Doubt<>(attempt, failure, answer));
	}

	Doubt<A> first() {
		return this.doubts.get(0);
	}

	/** Gives every doubtful attempt its verdict. */
	void settle(Attempt.Outcome verdict, CallObserver observer) {
		for (Doubt<A> doubt : this.doubts) {
			Attempt attempt = doubt.attempt;
			attempt.judged(verdict);
			if (verdict == Attempt.Outcome.FAILURE) {
				attempt.guard().failed(attempt, doubt.failure, attempt.durationNanos());
			}
			else {
				attempt.guard().countsForNobody(attempt);
			}
			observer.attemptJudged(attempt);
		}
	}

	/**
	 * One doubtful answer.
	 *
	 * @param attempt the attempt that brought it
	 * @param failure what it is if another target does better
	 * @param answer what it says
	 */
	record Doubt<A>(Attempt attempt, Failure failure, A answer) {
	}

}
