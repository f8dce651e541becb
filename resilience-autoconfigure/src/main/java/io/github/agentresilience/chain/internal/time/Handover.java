package io.github.agentresilience.chain.internal.time;

import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;

import io.github.agentresilience.chain.internal.foreign.ForeignCode;

/**
 * Takes what may block off threads that others wait for: the timer's, Reactor's, that of
 * the attempt which has won. Cancelling is such a thing. A client that closes the answer
 * it is reading may wait for that answer's next byte.
 */
public final class Handover implements Executor {

	private final Executor workers;

	private final AtomicInteger underWay = new AtomicInteger();

	public Handover(Executor workers) {
		this.workers = workers;
	}

	@Override
	public void execute(Runnable task) {
		this.underWay.incrementAndGet();
		try {
			this.workers.execute(() -> run(task));
		}
		catch (Throwable noThread) {
			// Better on this thread than never
			run(task);
		}
	}

	private void run(Runnable task) {
		try {
			task.run();
		}
		catch (Throwable ex) {
			ForeignCode.failed(task, ex);
		}
		finally {
			this.underWay.decrementAndGet();
		}
	}

	/** Returns when all that was handed over has ended. */
	void catchUp() {
		while (this.underWay.get() > 0) {
			Thread.yield();
		}
	}

}
