package io.github.agentresilience.chain;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicReferenceFieldUpdater;

import org.jspecify.annotations.Nullable;

/**
 * What makes an attempt stop: its time, an interrupt, its subscriber, or another attempt that was quicker. Whoever is
 * first decides, and a stop that comes after the end changes nothing.
 */
abstract sealed class Stoppable extends TimedEntry permits Attempt {

	private static final AtomicReferenceFieldUpdater<Stoppable, Phase> PHASE = AtomicReferenceFieldUpdater
		.newUpdater(Stoppable.class, Phase.class, "phase");

	private static final long NO_PROGRESS = Long.MIN_VALUE;

	private volatile Phase phase = Phase.RUNNING;

	private volatile @Nullable Runnable hook;

	private volatile @Nullable Runnable wakeUp;

	private volatile @Nullable Stop stop;

	private volatile @Nullable Thread interruptible;

	private volatile long progressNanos = NO_PROGRESS;

	private volatile long firstProgressNanos = NO_PROGRESS;

	private long progressUntilNanos;

	/** How long it may take, in nanoseconds from its start. */
	public abstract long timeoutNanos();

	/** Progress prolongs it until then at most, by the system's clock. */
	final void goesOnUntil(long nanos) {
		this.progressUntilNanos = nanos;
	}

	/**
	 * Says how the exchange is stopped. The hook runs at most once, on another thread, and must not block; it runs
	 * at once when the attempt has been cancelled already.
	 */
	public void onCancel(Runnable stopExchange) {
		this.hook = stopExchange;
		if (this.phase == Phase.CANCELLING || this.phase == Phase.CANCELLED) {
			stopExchange.run();
		}
	}

	/**
	 * For a target that waits interruptibly on the calling thread: cancelling interrupts it.
	 * @param stopExchange what else stops the exchange
	 */
	public void interruptOnCancel(Runnable stopExchange) {
		Thread waitingThread = Thread.currentThread();
		this.interruptible = waitingThread;
		onCancel(() -> {
			stopExchange.run();
			waitingThread.interrupt();
		});
	}

	/**
	 * Waits on the calling thread, at most as long as the attempt may take.
	 * @param duration how long
	 * @throws InterruptedException when the attempt is cancelled or the thread interrupted
	 */
	public void pause(Duration duration) throws InterruptedException {
		interruptOnCancel(() -> {
		});
		Thread.sleep(duration.toMillis(), duration.toNanosPart() % 1_000_000);
		this.hook = null;
	}

	/** Says what else is to be done, after the hook, when another attempt of the same call has won. */
	void onOvertaken(Runnable wakeWaiting) {
		this.wakeUp = wakeWaiting;
		if (this.phase == Phase.CANCELLED && this.stop == Stop.OVERTAKEN) {
			wakeWaiting.run();
		}
	}

	boolean cancel(Stop why) {
		if (!PHASE.compareAndSet(this, Phase.RUNNING, Phase.CANCELLING)) {
			return false;
		}
		this.stop = why;
		try {
			Runnable stopExchange = this.hook;
			if (stopExchange != null) {
				stopExchange.run();
			}
		}
		finally {
			this.phase = Phase.CANCELLED;
		}
		Runnable wakeWaiting = this.wakeUp;
		if (why == Stop.OVERTAKEN && wakeWaiting != null) {
			wakeWaiting.run();
		}
		return true;
	}

	/**
	 * Ends the time in which the attempt can be cancelled.
	 * @return why it was cancelled, or {@code null} if it was not
	 */
	@Nullable Stop finish() {
		if (PHASE.compareAndSet(this, Phase.RUNNING, Phase.FINISHED)) {
			this.hook = null;
			return null;
		}
		while (this.phase == Phase.CANCELLING) {
			Thread.onSpinWait();
		}
		Stop why = this.stop;
		if ((why == Stop.TIMEOUT || why == Stop.OVERTAKEN) && this.interruptible == Thread.currentThread()) {
			this.interruptible = null;
			// The interrupt was the chain's own, meant for this attempt alone
			Thread.interrupted();
		}
		return why;
	}

	@Override
	void expired(AttemptTimer timer) {
		long left = remainingNanos(System.nanoTime());
		if (left > 0) {
			timer.arm(this, left, this.waiting);
		}
		else {
			cancel(Stop.TIMEOUT);
		}
	}

	/**
	 * What is left of the attempt's time once that is over: nothing, unless the target has shown progress since.
	 * @param nowNanos the system's clock, which is the timer's
	 */
	long remainingNanos(long nowNanos) {
		return remainingNanos(nowNanos, timeoutNanos());
	}

	/**
	 * The same where another time than the attempt's own begins with each sign of progress.
	 * @param silenceNanos how long the target may show no progress
	 */
	long remainingNanos(long nowNanos, long silenceNanos) {
		long since = this.progressNanos;
		if (since == NO_PROGRESS) {
			return 0;
		}
		return Math.min(since + silenceNanos - nowNanos, this.progressUntilNanos - nowNanos);
	}

	/**
	 * How long ago the target first showed progress.
	 * @param nowNanos the system's clock
	 * @return 0 where it has shown none
	 */
	long sinceFirstProgressNanos(long nowNanos) {
		long first = this.firstProgressNanos;
		return (first == NO_PROGRESS) ? 0 : nowNanos - first;
	}

	/**
	 * The target has shown that it is at work, so its time begins anew; the call's deadline stays.
	 */
	public void progressed() {
		long now = System.nanoTime();
		if (this.firstProgressNanos == NO_PROGRESS) {
			this.firstProgressNanos = now;
		}
		this.progressNanos = now;
	}

	@Override
	void waitingThreadInterrupted() {
		cancel(Stop.INTERRUPT);
	}

	/** Why it was stopped. */
	enum Stop {

		TIMEOUT, INTERRUPT, ABANDONED, OVERTAKEN

	}

	private enum Phase {

		RUNNING, CANCELLING, CANCELLED, FINISHED

	}

}
