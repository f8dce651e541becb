package io.github.agentresilience.chain.internal.engine;

import java.util.function.Consumer;

import reactor.util.Logger;
import reactor.util.Loggers;
import reactor.util.context.Context;

/**
 * Errors of streams that were given up, by a timeout, a hedge or the caller. A target
 * that blocks a thread is interrupted then and fails of it. No caller is left to be told,
 * and Reactor would log each with its stack trace as an error.
 */
final class LateErrors {

	private static final Logger logger = Loggers.getLogger(LateErrors.class);

	/**
	 * What Reactor's {@code Operators.onErrorDropped} looks for in the context before it
	 * logs.
	 */
	private static final String REACTOR_KEY = "reactor.onErrorDropped.local";

	private static final Consumer<Throwable> IGNORE = (late) -> logger.debug("A stream failed after it was given up",
			late);

	private LateErrors() {
	}

	/** Has them ignored by all operators above. */
	static Context ignored(Context context) {
		return context.hasKey(REACTOR_KEY) ? context : context.put(REACTOR_KEY, IGNORE);
	}

}
