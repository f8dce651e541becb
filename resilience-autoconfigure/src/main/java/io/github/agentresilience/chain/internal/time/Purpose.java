package io.github.agentresilience.chain.internal.time;

import java.util.List;
import java.util.Set;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

import org.jspecify.annotations.Nullable;

/**
 * What {@link Workers} do for one purpose. It is shut down by itself, as the HTTP clients
 * do with an executor that they are given, and the threads stay for the others.
 */
final class Purpose extends AbstractExecutorService {

	private final Workers.Starter threads;

	private final Consumer<Purpose> whenShutDown;

	private final Set<Task> running = ConcurrentHashMap.newKeySet();

	private volatile boolean shutDown;

	Purpose(Workers.Starter threads, Consumer<Purpose> whenShutDown) {
		this.threads = threads;
		this.whenShutDown = whenShutDown;
	}

	@Override
	public void execute(Runnable command) {
		Task task = new Task(command);
		this.running.add(task);
		boolean started = false;
		try {
			if (this.shutDown) {
				throw new RejectedExecutionException("The application shuts down");
			}
			this.threads.start(task);
			started = true;
		}
		finally {
			if (!started) {
				ended(task);
			}
		}
	}

	private void ended(Task task) {
		this.running.remove(task);
		if (this.shutDown) {
			synchronized (this) {
				notifyAll();
			}
		}
	}

	@Override
	public void shutdown() {
		this.shutDown = true;
		this.whenShutDown.accept(this);
	}

	@Override
	public List<Runnable> shutdownNow() {
		shutdown();
		this.running.forEach(Task::interrupt);
		return List.of();
	}

	@Override
	public boolean isShutdown() {
		return this.shutDown;
	}

	@Override
	public boolean isTerminated() {
		return this.shutDown && this.running.isEmpty();
	}

	@Override
	public boolean awaitTermination(long timeout, TimeUnit unit) throws InterruptedException {
		long until = System.nanoTime() + unit.toNanos(timeout);
		synchronized (this) {
			while (!isTerminated()) {
				long left = until - System.nanoTime();
				if (left <= 0) {
					return false;
				}
				TimeUnit.NANOSECONDS.timedWait(this, left);
			}
			return true;
		}
	}

	/** Interrupted only while it runs: the thread may be at something else after it. */
	private final class Task implements Runnable {

		private final Runnable command;

		private @Nullable Thread thread;

		private boolean interrupted;

		Task(Runnable command) {
			this.command = command;
		}

		@Override
		public void run() {
			synchronized (this) {
				this.thread = Thread.currentThread();
				if (this.interrupted) {
					this.thread.interrupt();
				}
			}
			try {
				this.command.run();
			}
			finally {
				synchronized (this) {
					this.thread = null;
				}
				ended(this);
			}
		}

		synchronized void interrupt() {
			this.interrupted = true;
			if (this.thread != null) {
				this.thread.interrupt();
			}
		}

	}

}
