package io.github.agentresilience.chain;

import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;

import org.jspecify.annotations.Nullable;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;
import reactor.util.context.ContextView;

/**
 * What all chains of an application share: the clock, the timer of attempts, the threads for targets that cannot be
 * cancelled, and the way thread context travels.
 */
public final class ChainRuntime implements AutoCloseable {

	private final LongSupplier nanoTime;

	private final AttemptTimer timer = new AttemptTimer();

	private final ExecutorService executor;

	private final Scheduler scheduler;

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
		this.scheduler = Schedulers.fromExecutorService(this.executor);
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

	/** The same threads, for streams. */
	Scheduler scheduler() {
		return this.scheduler;
	}

	ContextCarrier contextCarrier() {
		return this.contextCarrier;
	}

	/** The deadline of the agent's turn that a call belongs to, if it has one. */
	@Nullable TurnDeadline turnDeadline(@Nullable ContextView streamContext) {
		TurnDeadline ofStream = TurnDeadline.in(streamContext);
		if (ofStream != null) {
			return ofStream;
		}
		TurnDeadline ofThread = TurnDeadline.current();
		return (ofThread != null) ? ofThread : TurnDeadline.in(this.contextCarrier.streamContext());
	}

	/** Waits on the calling thread. */
	void pause(long nanos) throws InterruptedException {
		TimeUnit.NANOSECONDS.sleep(nanos);
	}

	@Override
	public void close() {
		this.timer.close();
		this.scheduler.dispose();
		this.executor.shutdownNow();
	}

}
