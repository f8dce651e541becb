package io.github.agentresilience.chain;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;

import io.github.resilience4j.circuitbreaker.CircuitBreaker;

/**
 * Asks targets whose breakers are open whether they are back, as soon as the breakers allow, so that no caller has to
 * find out. What is asked should cost nothing and prove something.
 */
public final class Prober implements AutoCloseable {

	private static final Duration LOOK_EVERY = Duration.ofMillis(250);

	private final ChainRuntime runtime;

	private final Duration timeout;

	private final List<Watched<?, ?>> watched = new CopyOnWriteArrayList<>();

	private final ScheduledExecutorService scheduler = Executors.newSingleThreadScheduledExecutor(Prober::daemon);

	private final ExecutorService executor = Executors.newCachedThreadPool(Prober::daemon);

	/**
	 * A prober.
	 * @param timeout how long one probe may take
	 */
	public Prober(ChainRuntime runtime, Duration timeout) {
		this.runtime = runtime;
		this.timeout = timeout;
		this.scheduler.scheduleWithFixedDelay(this::look, LOOK_EVERY.toMillis(), LOOK_EVERY.toMillis(),
				TimeUnit.MILLISECONDS);
	}

	private static Thread daemon(Runnable task) {
		Thread thread = new Thread(task, "resilience-prober");
		thread.setDaemon(true);
		return thread;
	}

	/**
	 * Watches a target.
	 * @param request what is asked of it
	 */
	public <Q, A> void watch(Layer layer, GuardedTarget<Q, A> target, Q request, FailureClassifier classifier) {
		this.watched.add(new Watched<>(layer, target, request, classifier));
	}

	private void look() {
		for (Watched<?, ?> each : this.watched) {
			if (each.isDown() && each.underWay.compareAndSet(false, true)) {
				try {
					this.executor.execute(() -> {
						try {
							each.probe(this.runtime, this.timeout);
						}
						finally {
							each.underWay.set(false);
						}
					});
				}
				catch (RejectedExecutionException closing) {
					return;
				}
			}
		}
	}

	@Override
	public void close() {
		this.scheduler.shutdownNow();
		this.executor.shutdownNow();
	}

	private static final class Watched<Q, A> {

		private final Layer layer;

		private final GuardedTarget<Q, A> target;

		private final Q request;

		private final FailureClassifier classifier;

		private boolean failed;

		private final AtomicBoolean underWay = new AtomicBoolean();

		Watched(Layer layer, GuardedTarget<Q, A> target, Q request, FailureClassifier classifier) {
			this.layer = layer;
			this.target = target;
			this.request = request;
			this.classifier = classifier;
		}

		boolean isDown() {
			return this.target.isOpen();
		}

		/**
		 * Probes, as often as the breaker wants to be convinced. Where no probe has failed since the target was last
		 * up, calls fail that probes do not, so a probe proves too little: the last word is left to a call. Where one is
		 * all that the breaker wants, that probe gives its permission back when it is answered.
		 */
		void probe(ChainRuntime runtime, Duration timeout) {
			CircuitBreaker breaker = this.target.breaker();
			int wanted = this.target.halfOpenCalls();
			boolean decides = this.failed || wanted > 1;
			int probes = this.failed ? wanted : Math.max(1, wanted - 1);
			for (int left = probes; left > 0; left--) {
				if (this.target.leftAloneForNanos(runtime.nanoTime()) > 0 || !breaker.tryAcquirePermission()) {
					return;
				}
				if (!ask(runtime, timeout, decides)) {
					this.failed = true;
					return;
				}
			}
			this.failed = false;
		}

		/** Who cannot be cancelled is not waited for on this thread. */
		private void call(ChainRuntime runtime, Duration timeout, Attempt attempt) throws Exception {
			Target<Q, A> asked = this.target.target();
			if (asked.cancellable()) {
				asked.call(this.request, attempt);
				return;
			}
			Future<A> answer = runtime.executor().submit(() -> asked.call(this.request, attempt));
			try {
				answer.get(timeout.toNanos(), TimeUnit.NANOSECONDS);
			}
			finally {
				answer.cancel(true);
			}
		}

		private boolean ask(ChainRuntime runtime, Duration timeout, boolean decides) {
			Call call = new Call(this.layer, "probe", false, true, null, runtime.nanoTime());
			Attempt attempt = new Attempt(call, new Member<>(this.target, 0), 0, 1, 1, Attempt.Role.PROBE, 0,
					timeout.toNanos(), false);
			attempt.started(runtime.nanoTime(), timeout.toNanos());
			runtime.timer().arm(attempt, timeout.toNanos(), Thread.currentThread());
			try {
				call(runtime, timeout, attempt);
				attempt.finish();
				attempt.ended(Attempt.Outcome.SUCCESS, null, runtime.nanoTime());
				if (decides) {
					this.target.breaker().onSuccess(attempt.durationNanos(), TimeUnit.NANOSECONDS);
				}
				else {
					this.target.breaker().releasePermission();
				}
				return true;
			}
			catch (Throwable ex) {
				Failure failure = (attempt.finish() == Attempt.Stop.TIMEOUT || ex instanceof TimeoutException)
						? SyncExecution.timedOut(attempt) : this.classifier.classify(ex);
				attempt.ended(Attempt.Outcome.FAILURE, failure, runtime.nanoTime());
				// Whatever the kind, this was no answer
				this.target.breaker().onError(attempt.durationNanos(), TimeUnit.NANOSECONDS, failure.cause());
				this.target.openAgainEarly();
				return false;
			}
			finally {
				runtime.timer().disarm(attempt);
			}
		}

	}

}
