package io.github.agentresilience.chain;

import java.util.concurrent.Callable;

/**
 * Carries the caller's thread context to a thread that is not the caller's.
 */
@FunctionalInterface
public interface ContextCarrier {

	/** Carries nothing. */
	ContextCarrier NONE = () -> new Carried() {
		@Override
		public <T> T call(Callable<T> task) throws Exception {
			return task.call();
		}
	};

	/** Takes the context of the current thread along. */
	Carried capture();

	/** A captured context. */
	interface Carried {

		/** Runs a task under the captured context and puts the thread's own context back. */
		<T> T call(Callable<T> task) throws Exception;

	}

}
