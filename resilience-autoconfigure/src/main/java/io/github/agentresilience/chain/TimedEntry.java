package io.github.agentresilience.chain;

import org.jspecify.annotations.Nullable;

/**
 * What stands in an {@link AttemptTimer}. The links are the entry itself, so that arming a timeout allocates nothing.
 */
abstract class TimedEntry {

	@Nullable TimedEntry previous;

	@Nullable TimedEntry next;

	AttemptTimer.@Nullable Bucket bucket;

	long dueTick;

	/** The thread that waits for this entry, where an interrupt of it should end the wait. */
	@Nullable Thread waiting;

	/** Called once, on the timer's thread, when the time is over. Must not block. */
	abstract void expired(AttemptTimer timer);

	/** Called on the timer's thread when the waiting thread has been interrupted. Must not block. */
	abstract void waitingThreadInterrupted();

}
