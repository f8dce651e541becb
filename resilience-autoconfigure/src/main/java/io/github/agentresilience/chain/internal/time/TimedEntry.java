package io.github.agentresilience.chain.internal.time;

import org.jspecify.annotations.Nullable;

/**
 * What stands in an {@link AttemptTimer}. The links are the entry itself, so that arming
 * a timeout allocates nothing.
 */
public abstract class TimedEntry {

	@Nullable TimedEntry previous;

	@Nullable TimedEntry next;

	@Nullable TimerBucket bucket;

	long dueTick;

	/**
	 * The thread that waits for this entry, where an interrupt of it should end the wait.
	 */
	@Nullable Thread waiting;

	/** Called once, on the timer's thread, when the time is over. Must not block. */
	public abstract void expired(AttemptTimer timer);

	/**
	 * Called when the waiting thread has been interrupted, on a thread that may block.
	 */
	public abstract void waitingThreadInterrupted();

}
