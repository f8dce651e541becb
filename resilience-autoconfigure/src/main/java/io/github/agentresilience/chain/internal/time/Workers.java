package io.github.agentresilience.chain.internal.time;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;

import org.jspecify.annotations.Nullable;

/**
 * The threads that do an application's work: attempts that cannot be cancelled, probes,
 * reconnections, what is written later. They are made on demand and shared, since most
 * have nothing to do most of the time; each carries the name of what it does. They are
 * daemons.
 */
public final class Workers implements AutoCloseable {

	private static final String PREFIX = "resilience-";

	private static final long LONGEST_CLOSE_SECONDS = 1;

	private final Set<Purpose> purposes = ConcurrentHashMap.newKeySet();

	/** {@code null} where each task has a virtual thread of its own. */
	private final @Nullable ExecutorService pool;

	private final Function<String, ThreadFactory> virtualThreads;

	/** {@code null} where they have threads of their own. */
	private final @Nullable Executor given;

	private volatile boolean closed;

	/** Workers that are threads of the platform. */
	public Workers() {
		this.given = null;
		AtomicInteger number = new AtomicInteger();
		this.pool = Executors.newCachedThreadPool((task) -> new Worker(task, number.incrementAndGet()));
		this.virtualThreads = (prefix) -> {
			throw new IllegalStateException();
		};
	}

	/**
	 * Workers that are virtual threads, one for each task.
	 * @param virtualThreads makes threads whose names begin with what it is given
	 */
	public Workers(Function<String, ThreadFactory> virtualThreads) {
		this.given = null;
		this.pool = null;
		this.virtualThreads = virtualThreads;
	}

	private Workers(Executor given) {
		this.given = given;
		this.pool = null;
		this.virtualThreads = (prefix) -> {
			throw new IllegalStateException();
		};
	}

	/**
	 * Workers without threads: whoever drives the executor does their work.
	 */
	public static Workers on(Executor executor) {
		return new Workers(executor);
	}

	/**
	 * Workers for a purpose. Closing them ends the work of no other purpose.
	 * @param purpose part of the names of the threads while they work for it
	 */
	public ExecutorService of(String purpose) {
		String prefix = PREFIX + purpose + "-";
		Purpose workers;
		if (this.pool != null) {
			ExecutorService threads = this.pool;
			workers = new Purpose((task) -> threads.execute(() -> {
				Worker worker = (Worker) Thread.currentThread();
				worker.setName(prefix + worker.number);
				try {
					task.run();
				}
				finally {
					worker.setName(worker.idle);
				}
			}), this.purposes::remove);
		}
		else if (this.given != null) {
			workers = new Purpose(this.given::execute, this.purposes::remove);
		}
		else {
			ThreadFactory threads = this.virtualThreads.apply(prefix);
			workers = new Purpose((task) -> threads.newThread(task).start(), this.purposes::remove);
		}
		this.purposes.add(workers);
		if (this.closed) {
			workers.shutdownNow();
		}
		return workers;
	}

	/**
	 * Interrupts all that they do, and waits a moment for it to end. What notices no
	 * interrupt goes on.
	 */
	@Override
	public void close() {
		this.closed = true;
		Set<Purpose> all = Set.copyOf(this.purposes);
		all.forEach(ExecutorService::shutdownNow);
		if (this.pool != null) {
			this.pool.shutdownNow();
			Closing.await(this.pool, LONGEST_CLOSE_SECONDS);
		}
		else if (this.given == null) {
			all.forEach((purpose) -> Closing.await(purpose, LONGEST_CLOSE_SECONDS));
		}
	}

	/** A thread of the platform, named after its work. */
	private static final class Worker extends Thread {

		private final int number;

		private final String idle;

		Worker(Runnable task, int number) {
			// What the thread that happens to need it first has, it does not inherit
			super(null, task, PREFIX + "idle-" + number, 0, false);
			this.number = number;
			this.idle = getName();
			setDaemon(true);
		}

	}

	/** Starts a task on a thread of its own. */
	@FunctionalInterface
	interface Starter {

		/**
		 * @throws RejectedExecutionException where no more tasks are taken
		 */
		void start(Runnable task);

	}

}
