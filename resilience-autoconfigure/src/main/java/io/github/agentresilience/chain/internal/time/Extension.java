package io.github.agentresilience.chain.internal.time;

import java.util.concurrent.atomic.AtomicReferenceFieldUpdater;

import org.jspecify.annotations.Nullable;

/**
 * What few attempts need to be cancelled at the right time: progress that the target
 * shows, that it is the last attempt that can be made, and threads that wait elsewhere.
 */
final class Extension {

	private static final AtomicReferenceFieldUpdater<Extension, Runnable> WAKE_UP = AtomicReferenceFieldUpdater
		.newUpdater(Extension.class, Runnable.class, "wakeUp");

	private static final long NO_PROGRESS = Long.MIN_VALUE;

	private volatile long firstProgressNanos = NO_PROGRESS;

	private volatile long progressNanos = NO_PROGRESS;

	/** Whether it has had its time and goes on because it is the last. */
	volatile boolean overdue;

	/** The thread that is interrupted by the hook. */
	volatile @Nullable Thread interruptible;

	/** What is cancelled with the attempt, however often. */
	volatile @Nullable Runnable cancelledToo;

	/** What is to be done when another attempt of the same call has won. */
	private volatile @Nullable Runnable wakeUp;

	void wakeUp(Runnable task) {
		this.wakeUp = task;
	}

	/** Hands out what is to be done then, once. */
	@Nullable Runnable takeWakeUp() {
		return WAKE_UP.getAndSet(this, null);
	}

	void progressed(long nowNanos) {
		if (this.firstProgressNanos == NO_PROGRESS) {
			this.firstProgressNanos = nowNanos;
		}
		this.progressNanos = nowNanos;
	}

	/** What is left of so long a silence that began with the latest progress. */
	long remainingNanos(long nowNanos, long silenceNanos) {
		long since = this.progressNanos;
		return (since == NO_PROGRESS) ? 0 : since + silenceNanos - nowNanos;
	}

	long sinceFirstProgressNanos(long nowNanos) {
		long first = this.firstProgressNanos;
		return (first == NO_PROGRESS) ? 0 : nowNanos - first;
	}

}
