package io.github.agentresilience.chain;

/** When a stream may no longer change its target. */
public enum StreamCommit {

	/** With the first chunk that shows something: chunks go out as they come. */
	FIRST_CHUNK,

	/** Never: chunks are held until the answer is whole. */
	COMPLETE,

	/**
	 * Never: chunks go out as they come, and where the stream breaks the next target
	 * begins anew. Its first chunk says that what was shown before is void.
	 */
	RESTART

}
