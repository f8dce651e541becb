package io.github.agentresilience.chain.internal.engine;

import io.github.agentresilience.chain.CallObserver;
import io.github.agentresilience.chain.StreamInterruptedException;

/**
 * An answer that broke when its subscriber had a part of it, and whose place another
 * version may take.
 */
final class BrokenVersion {

	private final ActiveAttempt<?, ?> attempt;

	private final StreamInterruptedException why;

	private boolean replaced;

	private boolean told;

	BrokenVersion(ActiveAttempt<?, ?> attempt, StreamInterruptedException why) {
		this.attempt = attempt;
		this.why = why;
	}

	/** How it broke. */
	StreamInterruptedException why() {
		return this.why;
	}

	/** Whether the chunk about to go out is the first of what takes its place. */
	boolean takeRestart() {
		boolean first = !this.replaced;
		this.replaced = true;
		return first;
	}

	/** Tells once that another version takes its place. */
	void tell(CallObserver observer) {
		if (!this.told) {
			this.told = true;
			observer.streamRestarted(this.attempt);
		}
	}

}
