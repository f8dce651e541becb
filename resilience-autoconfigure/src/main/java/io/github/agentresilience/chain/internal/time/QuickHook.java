package io.github.agentresilience.chain.internal.time;

/**
 * A hook that is known not to block, so that whoever cancels can run it: no thread is
 * needed for each of a thousand attempts that time out at once.
 */
@FunctionalInterface
public interface QuickHook extends Runnable {

}
