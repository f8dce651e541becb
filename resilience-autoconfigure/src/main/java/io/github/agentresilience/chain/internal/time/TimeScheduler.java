package io.github.agentresilience.chain.internal.time;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/**
 * A {@link Time} and an executor as a scheduler of Reactor's: the time says when, the
 * executor has the threads.
 *
 * <p>
 * Once it is disposed of, Reactor's own threads do what is delayed then and whatever
 * comes later: calls that are in flight, or are made afterwards, have timeouts and waits,
 * and would never end without them.
 */
public final class TimeScheduler implements Scheduler {

	private final Time time;

	private final Scheduler executing;

	private final Executor executor;

	private final Set<Delayed> delayed = ConcurrentHashMap.newKeySet();

	private volatile boolean disposed;

	/** A scheduler. Disposing of it leaves time and executor as they are. */
	public TimeScheduler(Time time, ExecutorService executor) {
		this.time = time;
		this.executor = executor;
		this.executing = Schedulers.fromExecutor(executor);
	}

	@Override
	public Disposable schedule(Runnable task) {
		return this.disposed ? Schedulers.boundedElastic().schedule(task) : this.executing.schedule(task);
	}

	@Override
	public Disposable schedule(Runnable task, long delay, TimeUnit unit) {
		Delayed later = new Delayed(Schedulers.onSchedule(task), this.time.nanos() + unit.toNanos(delay));
		this.delayed.add(later);
		later.due(this.time.schedule(later, unit.toNanos(delay), this.executor));
		if (this.disposed) {
			later.goOnElsewhere();
		}
		return later;
	}

	@Override
	public Disposable schedulePeriodically(Runnable task, long initialDelay, long period, TimeUnit unit) {
		return new Periodic(task, unit.toNanos(initialDelay), unit.toNanos(period), this.executor).start();
	}

	@Override
	public long now(TimeUnit unit) {
		return unit.convert(this.time.now().toEpochMilli(), TimeUnit.MILLISECONDS);
	}

	@Override
	public Worker createWorker() {
		return this.disposed ? Schedulers.boundedElastic().createWorker() : new InOrder(this.executing.createWorker());
	}

	@Override
	public void dispose() {
		this.disposed = true;
		this.delayed.forEach(Delayed::goOnElsewhere);
		this.executing.dispose();
	}

	@Override
	public boolean isDisposed() {
		return this.executing.isDisposed();
	}

	/** A task that runs once, whoever comes to it first. */
	private final class Delayed implements Runnable, Disposable {

		private final Runnable task;

		private final long dueNanos;

		private final AtomicBoolean over = new AtomicBoolean();

		private volatile @Nullable Disposable due;

		Delayed(Runnable task, long dueNanos) {
			this.task = task;
			this.dueNanos = dueNanos;
		}

		void due(Disposable later) {
			this.due = later;
			if (this.over.get()) {
				later.dispose();
			}
		}

		void goOnElsewhere() {
			if (this.over.get()) {
				return;
			}
			Disposable here = this.due;
			long left = Math.max(0, this.dueNanos - TimeScheduler.this.time.nanos());
			due(Schedulers.boundedElastic().schedule(this, left, TimeUnit.NANOSECONDS));
			if (here != null) {
				here.dispose();
			}
		}

		@Override
		public void run() {
			TimeScheduler.this.delayed.remove(this);
			if (!this.over.getAndSet(true)) {
				this.task.run();
			}
		}

		@Override
		public void dispose() {
			TimeScheduler.this.delayed.remove(this);
			this.over.set(true);
			Disposable later = this.due;
			if (later != null) {
				later.dispose();
			}
		}

		@Override
		public boolean isDisposed() {
			return this.over.get();
		}

	}

	/** Runs its tasks one after the other. */
	private final class InOrder implements Worker {

		private final Worker executing;

		private final Disposable.Composite later = Disposables.composite();

		InOrder(Worker executing) {
			this.executing = executing;
		}

		@Override
		public Disposable schedule(Runnable task) {
			return this.executing.schedule(task);
		}

		@Override
		public Disposable schedule(Runnable task, long delay, TimeUnit unit) {
			if (delay <= 0) {
				return schedule(task);
			}
			Disposable.Swap step = Disposables.swap();
			this.later.add(step);
			step.update(TimeScheduler.this.time.schedule(() -> {
				this.later.remove(step);
				task.run();
			}, unit.toNanos(delay), this.executing::schedule));
			return step;
		}

		@Override
		public Disposable schedulePeriodically(Runnable task, long initialDelay, long period, TimeUnit unit) {
			Disposable all = new Periodic(task, unit.toNanos(initialDelay), unit.toNanos(period),
					this.executing::schedule)
				.start();
			this.later.add(all);
			return all;
		}

		@Override
		public void dispose() {
			this.later.dispose();
			this.executing.dispose();
		}

		@Override
		public boolean isDisposed() {
			return this.executing.isDisposed();
		}

	}

	/** A task at a fixed rate. */
	private final class Periodic {

		private final Runnable task;

		private final long period;

		private final Executor executor;

		private final Disposable.Swap next = Disposables.swap();

		private long due;

		Periodic(Runnable task, long initialDelay, long period, Executor executor) {
			this.task = Schedulers.onSchedule(task);
			this.period = period;
			this.executor = executor;
			this.due = TimeScheduler.this.time.nanos() + initialDelay;
		}

		Disposable start() {
			scheduleNext();
			return this.next;
		}

		private void scheduleNext() {
			Time time = TimeScheduler.this.time;
			// One that is disposed of disposes of what it is given
			this.next.replace(time.schedule(this::run, this.due - time.nanos(), this.executor));
		}

		private void run() {
			if (this.next.isDisposed()) {
				return;
			}
			this.task.run();
			this.due += this.period;
			scheduleNext();
		}

	}

}
