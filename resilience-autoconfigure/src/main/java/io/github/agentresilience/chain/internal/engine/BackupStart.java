package io.github.agentresilience.chain.internal.engine;

/**
 * Makes the retry that is left, beside an attempt that has had its time. Called on the
 * timer's thread, which it must not hold up.
 */
@FunctionalInterface
interface BackupStart<Q, A> {

	void start(ChainRun<Q, A> run, ActiveAttempt<Q, A> slow, Q request, ContextCarrier.Carried context);

}
