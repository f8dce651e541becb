package io.github.agentresilience.chain.internal.engine;

import io.github.agentresilience.chain.Failure;
import io.github.agentresilience.chain.StreamInterruptedException;
import org.jspecify.annotations.Nullable;

/**
 * What a layer knows about its answers and the chain does not.
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
	 * Whether a chunk shows the subscriber something. Until one does, another target may
	 * still take over.
	 */
	default boolean isOutput(A chunk) {
		return true;
	}

	/**
	 * Whether a chunk may go to a subscriber though another version of the answer may yet
	 * take its place.
	 */
	default boolean isReplaceable(A chunk) {
		return true;
	}

	/** The first chunk of a version that takes the place of what was shown before. */
	default A restarting(A chunk) {
		return chunk;
	}

	/** The text of a chunk, for {@link StreamInterruptedException#textSoFar()}. */
	default String textOf(A chunk) {
		return "";
	}

}
