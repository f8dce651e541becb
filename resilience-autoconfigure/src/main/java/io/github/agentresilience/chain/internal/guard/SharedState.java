package io.github.agentresilience.chain.internal.guard;

/**
 * What a target has in common with the same target of other instances. It is asked and
 * told on the threads of calls, so it neither waits nor throws.
 */
public interface SharedState {

	/**
	 * Whether this instance may send trial calls, now that its breaker has been open for
	 * long enough.
	 */
	boolean mayTry();

	/**
	 * How long other instances keep this one from sending trial calls, in nanoseconds.
	 */
	long waitNanos();

	/** The target asked this instance for a cooldown, in nanoseconds. */
	void coolsDown(long nanos);

	/**
	 * The breaker counts the outcome of a call.
	 * @param failed whether it failed
	 */
	void counted(boolean failed);

	/** The operator has ended the cooldown. */
	void cooldownEnded();

}
