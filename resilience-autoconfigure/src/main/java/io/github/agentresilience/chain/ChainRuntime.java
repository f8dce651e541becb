package io.github.agentresilience.chain;

import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;

/**
 * What all chains of an application share: the clock, the timer of attempts, the threads for targets that cannot be
 * cancelled, and the way thread context travels.
 */
public final class ChainRuntime implements AutoCloseable {

	private final LongSupplier nanoTime;

	private final AttemptTimer timer = new AttemptTimer();

	private final ExecutorService executor;

	private final ContextCarrier contextCarrier;

	public ChainRuntime(LongSupplier nanoTime, ContextCarrier contextCarrier) {
		this.nanoTime = nanoTime;
		this.contextCarrier = contextCarrier;
		AtomicInteger number = new AtomicInteger();
		this.executor = Executors.newCachedThreadPool((task) -> {
			Thread thread = new Thread(task, "resilience-attempt-" + number.incrementAndGet());
			thread.setDaemon(true);
			return thread;
		});
	}

	public static ChainRuntime create() {
		return new ChainRuntime(System::nanoTime, ContextCarrier.NONE);
	}

	public long nanoTime() {
		return this.nanoTime.getAsLong();
	}

	public LongSupplier clock() {
		return this.nanoTime;
	}

	AttemptTimer timer() {
		return this.timer;
	}

	ExecutorService executor() {
		return this.executor;
	}

	ContextCarrier contextCarrier() {
		return this.contextCarrier;
	}

	/** Waits on the calling thread. */
	void pause(long nanos) throws InterruptedException {
		TimeUnit.NANOSECONDS.sleep(nanos);
	}

	@Override
	public void close() {
		this.timer.close();
		this.executor.shutdownNow();
	}

}
