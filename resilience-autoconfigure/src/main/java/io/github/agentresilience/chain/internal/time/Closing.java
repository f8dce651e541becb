package io.github.agentresilience.chain.internal.time;

import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeUnit;

/** Waiting for threads that have been told to end. */
final class Closing {

	private Closing() {
	}

	/** Whoever is interrupted waits no longer, and stays interrupted. */
	static void await(ExecutorService executor, long seconds) {
		try {
			executor.awaitTermination(seconds, TimeUnit.SECONDS);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

	/** The same for one thread, which may be the calling one. */
	static void await(Thread thread, long seconds) {
		if (thread == Thread.currentThread()) {
			return;
		}
		try {
			thread.join(TimeUnit.SECONDS.toMillis(seconds));
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

}
