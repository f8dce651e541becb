package io.github.agentresilience.chain.internal.engine;

import java.util.concurrent.ExecutorService;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.DoubleSupplier;
import java.util.function.LongSupplier;

import io.github.agentresilience.chain.internal.budget.Turn;
import io.github.agentresilience.chain.internal.time.AttemptTimer;
import io.github.agentresilience.chain.internal.time.Handover;
import io.github.agentresilience.chain.internal.time.SystemTime;
import io.github.agentresilience.chain.internal.time.Time;
import io.github.agentresilience.chain.internal.time.TimeScheduler;
import io.github.agentresilience.chain.internal.time.Workers;
import org.jspecify.annotations.Nullable;
import reactor.core.scheduler.Scheduler;
import reactor.util.context.ContextView;

/**
 * What all chains of an application share: the time, the timer of attempts, the threads,
 * and the way thread context travels. Nothing of it outlasts its close, but for the times
 * of calls that are in flight then or made later.
 */
public final class ChainRuntime implements AutoCloseable {

	private final Time time;

	private final AttemptTimer timer;

	private final Workers workers;

	private final ExecutorService executor;

	private final Handover elsewhere;

	private final Scheduler scheduler;

	private final ContextCarrier contextCarrier;

	private final DoubleSupplier random;

	/** A runtime that goes by the system's clocks. */
	public ChainRuntime(Workers workers, ContextCarrier contextCarrier) {
		this(new SystemTime(), workers, contextCarrier);
	}

	/**
	 * A runtime.
	 * @param time what everything in it goes by
	 * @param workers its threads, which it closes
	 * @param contextCarrier takes thread context along
	 */
	public ChainRuntime(Time time, Workers workers, ContextCarrier contextCarrier) {
		this(time, workers, contextCarrier, () -> ThreadLocalRandom.current().nextDouble());
	}

	/**
	 * A runtime that leaves nothing to chance where its numbers are not random.
	 * @param random numbers from 0 (inclusive) to 1, for waits and weights
	 */
	public ChainRuntime(Time time, Workers workers, ContextCarrier contextCarrier, DoubleSupplier random) {
		this.random = random;
		this.time = time;
		this.workers = workers;
		this.contextCarrier = SafeCarrier.of(contextCarrier);
		this.executor = workers.of("attempt");
		this.elsewhere = new Handover(this.executor);
		this.timer = new AttemptTimer(time, this.elsewhere);
		this.scheduler = new TimeScheduler(time, this.executor);
	}

	public static ChainRuntime create() {
		return new ChainRuntime(new Workers(), ContextCarrier.NONE);
	}

	public Time time() {
		return this.time;
	}

	public long nanoTime() {
		return this.time.nanos();
	}

	/** The readings of {@link #time()}, for those who need no more of it. */
	public LongSupplier clock() {
		return this.time::nanos;
	}

	public AttemptTimer timer() {
		return this.timer;
	}

	/** Random numbers from 0 (inclusive) to 1. */
	DoubleSupplier random() {
		return this.random;
	}

	/** The threads of all that is not an attempt. */
	public Workers workers() {
		return this.workers;
	}

	/** The threads of attempts that cannot be cancelled. */
	public ExecutorService executor() {
		return this.executor;
	}

	/** The same threads, for what may block where others would wait for it. */
	Handover elsewhere() {
		return this.elsewhere;
	}

	/** The same threads, for streams, at the time that is {@link #time()}. */
	public Scheduler scheduler() {
		return this.scheduler;
	}

	ContextCarrier contextCarrier() {
		return this.contextCarrier;
	}

	/**
	 * The agent's turn that a call belongs to, if any has something to say of it.
	 * @param streamContext that of the subscriber, {@code null} where the call is no
	 * stream
	 */
	public @Nullable Turn turn(@Nullable ContextView streamContext) {
		Turn turn = Turn.inner(Turn.in(streamContext), Turn.current());
		return (turn != null) ? turn : Turn.in(this.contextCarrier.streamContext());
	}

	/** Waits on the calling thread. */
	void pause(long nanos) throws InterruptedException {
		this.time.sleep(nanos);
	}

	@Override
	public void close() {
		this.timer.close();
		// Takes what calls in flight wait for along, before the time ends
		this.scheduler.dispose();
		this.time.close();
		this.workers.close();
	}

}
