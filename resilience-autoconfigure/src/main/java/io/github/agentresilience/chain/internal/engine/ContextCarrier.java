package io.github.agentresilience.chain.internal.engine;

import java.util.concurrent.Callable;

import org.jspecify.annotations.Nullable;
import reactor.util.context.ContextView;

/**
 * Carries the caller's thread context to a thread that is not the caller's.
 */
@FunctionalInterface
public interface ContextCarrier {

	/** Carries nothing. */
	ContextCarrier NONE = () -> Carried.NOTHING;

	/** Takes the context of the current thread along. */
	Carried capture();

	/**
	 * The Reactor context of the stream that the current thread works for, where it has
	 * been lent one.
	 */
	default @Nullable ContextView streamContext() {
		return null;
	}

	/** A captured context. */
	interface Carried {

		/** No context at all. */
		Carried NOTHING = new Carried() {
			@Override
			public <T> T call(Callable<T> task) throws Exception {
				return task.call();
			}
		};

		/**
		 * Runs a task under the captured context and puts the thread's own context back.
		 */
		<T> T call(Callable<T> task) throws Exception;

	}

}
