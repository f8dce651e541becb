package io.github.agentresilience.chain.internal.time;

/**
 * How much time an attempt has, and what becomes of it once that is over. Asked on the
 * timer's thread while the attempt is in flight: it only looks, and must neither block
 * nor throw.
 */
public interface OvertimeRule {

	/** What the attempt goes by. */
	Time time();

	/**
	 * How long the attempt may take from its start while another target can be asked, in
	 * nanoseconds.
	 */
	long timeoutNanos();

	/**
	 * What is left of the deadline of the whole call, in nanoseconds; nothing prolongs
	 * the attempt beyond that.
	 */
	long remainingNanos();

	/**
	 * What becomes of the attempt now that its time is over. Asked while the attempt can
	 * neither end nor be cancelled.
	 */
	Overtime overtime();

	/** The hook that cancels the exchange has thrown, and may not have cancelled it. */
	void hookFailed();

	/** The attempt goes on, and the retry that is left is to be made beside it. */
	void startBackup();

}
