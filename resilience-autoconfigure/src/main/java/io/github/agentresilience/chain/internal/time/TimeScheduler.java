package io.github.agentresilience.chain.internal.time;

import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeUnit;

import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/**
 * A {@link Time} and an executor as a scheduler of Reactor's: the time says when, the
 * executor has the threads.
 */
public final class TimeScheduler implements Scheduler {

	private final Time time;

	private final Scheduler executing;

	private final Executor executor;

	/** A scheduler. Disposing of it leaves time and executor as they are. */
	public TimeScheduler(Time time, ExecutorService executor) {
		this.time = time;
		this.executor = executor;
		this.executing = Schedulers.fromExecutor(executor);
	}

	@Override
	public Disposable schedule(Runnable task) {
		return this.executing.schedule(task);
	}

	@Override
	public Disposable schedule(Runnable task, long delay, TimeUnit unit) {
		return this.time.schedule(Schedulers.onSchedule(task), unit.toNanos(delay), this.executor);
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
		return new InOrder(this.executing.createWorker());
	}

	@Override
	public void dispose() {
		this.executing.dispose();
	}

	@Override
	public boolean isDisposed() {
		return this.executing.isDisposed();
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
