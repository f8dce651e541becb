package io.github.agentresilience.chain.internal.limit;

/**
 * About how many tokens one call takes. Counting takes time, so it is done when somebody
 * asks, and once in a call.
 */
public interface TokenEstimate {

	/** Those of the request, with a margin. */
	int input();

	/**
	 * Those of the request where somebody has asked for them, -1 where nobody has yet.
	 */
	default int counted() {
		return -1;
	}

	/**
	 * Those of the answer at most, where a target gives it.
	 * @param position where the target stands in the targets of the chain, from 0
	 * @return 0 where neither the request nor the target says
	 */
	int output(int position);

}
