package io.github.agentresilience.fleet.internal;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

import io.github.agentresilience.chain.internal.foreign.ForeignCode;

/**
 * Runs tasks one after the other, in order, on threads of another executor; none while
 * there is nothing to do.
 */
final class SerialWorker implements Executor {

	/** What other instances tell beyond that is dropped; the next reading finds it. */
	private static final int MOST_WAITING = 1_000;

	private final Executor threads;

	private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();

	private final AtomicInteger waiting = new AtomicInteger();

	private final AtomicBoolean running = new AtomicBoolean();

	SerialWorker(Executor threads) {
		this.threads = threads;
	}

	@Override
	public void execute(Runnable task) {
		this.waiting.incrementAndGet();
		this.tasks.add(task);
		wake();
	}

	/**
	 * Runs a task unless too many are waiting.
	 * @return whether it will be run
	 */
	boolean offer(Runnable task) {
		if (this.waiting.get() >= MOST_WAITING) {
			return false;
		}
		execute(task);
		return true;
	}

	private void wake() {
		if (this.tasks.isEmpty() || !this.running.compareAndSet(false, true)) {
			return;
		}
		try {
			this.threads.execute(this::run);
		}
		catch (RejectedExecutionException closing) {
			this.running.set(false);
		}
	}

	private void run() {
		try {
			for (Runnable task = this.tasks.poll(); task != null; task = this.tasks.poll()) {
				this.waiting.decrementAndGet();
				try {
					task.run();
				}
				catch (Throwable ex) {
					ForeignCode.failed(task, ex);
				}
			}
		}
		finally {
			this.running.set(false);
		}
		wake();
	}

}
