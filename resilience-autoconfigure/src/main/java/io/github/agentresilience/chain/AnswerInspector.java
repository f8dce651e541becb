package io.github.agentresilience.chain;

import org.jspecify.annotations.Nullable;

/**
 * What a leg knows about its answers and the chain does not.
 *
 * @param <A> the answer, or one chunk of a streamed one
 */
public interface AnswerInspector<A> {

	/**
	 * Judges an answer that came back normally.
	 * @return the failure that it is in truth, or {@code null} for a good answer
	 */
	default @Nullable Failure judge(A answer) {
		return null;
	}

	/**
	 * Whether a chunk shows the subscriber something. Until one does, another target may still take over.
	 */
	default boolean isOutput(A chunk) {
		return true;
	}

	/** The text of a chunk, for {@link StreamInterruptedException#textSoFar()}. */
	default String textOf(A chunk) {
		return "";
	}

}
