package io.github.agentresilience.chain.internal.engine;

import java.util.List;

import io.github.agentresilience.chain.Failure;
import org.jspecify.annotations.Nullable;

/**
 * Whether a good answer is one that a chain accepts for a request. One that is not goes
 * to the caller all the same where no other target does better.
 *
 * @param <Q> the request
 * @param <A> the answer, or one chunk of a streamed one
 */
public interface AnswerJudge<Q, A> {

	/**
	 * Judges an answer that came in one piece.
	 * @param position where the target stands in the chain, from 0
	 * @return why it is not accepted, or {@code null}: a failure of kind
	 * {@link io.github.agentresilience.chain.FailureKind#UNACCEPTABLE}, or of another
	 * where the target is at fault in any case
	 */
	@Nullable Failure judge(Q request, int position, A answer);

	/** Judges a stream of which nothing has gone to its subscriber yet. */
	@Nullable Failure judgeWhole(Q request, int position, List<A> chunks);

	/**
	 * Whether a stream for the request is held back until it is whole, whatever its
	 * target's own rule is.
	 */
	boolean needsWholeStream(Q request);

	/**
	 * How bad an answer is that is not accepted for that reason; the least bad one goes
	 * to the caller, of several the first.
	 */
	int badness(Failure why);

	/** The answer, or a chunk of it, which says that it was not accepted. */
	A markUnaccepted(A answer);

}
