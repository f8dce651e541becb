package io.github.agentresilience.chain.internal.engine;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;

import io.github.agentresilience.chain.Attempt;
import io.github.agentresilience.chain.Failure;
import io.github.agentresilience.chain.FailureClassifier;
import io.github.agentresilience.chain.Layer;
import io.github.agentresilience.chain.Target;
import io.github.agentresilience.chain.internal.guard.GuardedTarget;
import io.github.agentresilience.chain.internal.guard.Permit;
import io.github.agentresilience.chain.internal.route.Member;
import io.github.agentresilience.chain.internal.time.Cancellation;
import io.github.agentresilience.chain.internal.time.Nanos;
import io.github.agentresilience.chain.internal.time.Time;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;

/**
 * Asks targets whose breakers are open whether they are back, as soon as the breakers
 * allow, so that no caller has to find out. What is asked should cost nothing and prove
 * something.
 */
public final class Prober implements AutoCloseable {

	private static final Duration LOOK_EVERY = Duration.ofMillis(250);

	private final ChainRuntime runtime;

	private final Duration timeout;

	private final List<Watched<?, ?>> watched = new CopyOnWriteArrayList<>();

	private final ExecutorService executor;

	private final Disposable looking;

	/**
	 * A prober.
	 * @param timeout how long one probe may take
	 */
	public Prober(ChainRuntime runtime, Duration timeout) {
		this.runtime = runtime;
		this.timeout = timeout;
		this.executor = runtime.workers().of("probe");
		this.looking = runtime.time().scheduleWithFixedDelay(this::look, LOOK_EVERY, this.executor);
	}

	/**
	 * Watches a target.
	 * @param request what is asked of it
	 */
	public <Q, A> void watch(Layer layer, GuardedTarget<Q, A> target, Q request, FailureClassifier classifier) {
		this.watched.add(new Watched<>(layer, target, request, classifier, this.runtime.time()));
	}

	/**
	 * Nothing that one target throws keeps the others from being looked at, nor itself
	 * from being looked at again.
	 */
	private void look() {
		for (Watched<?, ?> each : this.watched) {
			try {
				look(each);
			}
			catch (Throwable notOurs) {
				each.report(notOurs);
			}
		}
	}

	private void look(Watched<?, ?> each) {
		if (!each.isDown() || !each.underWay.compareAndSet(false, true)) {
			return;
		}
		boolean begun = false;
		try {
			this.executor.execute(() -> probe(each));
			begun = true;
		}
		catch (RejectedExecutionException closing) {
			// The application shuts down
		}
		finally {
			if (!begun) {
				each.underWay.set(false);
			}
		}
	}

	private void probe(Watched<?, ?> each) {
		try {
			each.probe(this.runtime, this.timeout);
		}
		catch (Throwable notOurs) {
			each.report(notOurs);
		}
		finally {
			each.underWay.set(false);
		}
	}

	@Override
	public void close() {
		this.looking.dispose();
		this.executor.shutdownNow();
	}

	/** A target that is watched; to listeners, a chain of that one target. */
	private static final class Watched<Q, A> implements TimedChain {

		private final Layer layer;

		private final GuardedTarget<Q, A> target;

		private final Q request;

		private final FailureClassifier classifier;

		private final Time time;

		private boolean failed;

		private final AtomicBoolean underWay = new AtomicBoolean();

		private volatile boolean reported;

		Watched(Layer layer, GuardedTarget<Q, A> target, Q request, FailureClassifier classifier, Time time) {
			this.layer = layer;
			this.target = target;
			this.request = request;
			this.classifier = classifier;
			this.time = time;
		}

		@Override
		public Layer layer() {
			return this.layer;
		}

		@Override
		public String name() {
			return "probe";
		}

		@Override
		public List<GuardedTarget<Q, A>> targets() {
			return List.of(this.target);
		}

		@Override
		public Time time() {
			return this.time;
		}

		@Override
		public boolean available() {
			return !isDown();
		}

		@Override
		public boolean hedges() {
			return false;
		}

		boolean isDown() {
			return this.target.isOpen();
		}

		/**
		 * Goes where uncaught exceptions go, but once: it may come four times a second.
		 */
		void report(Throwable thrown) {
			if (!this.reported) {
				this.reported = true;
				Thread thread = Thread.currentThread();
				thread.getUncaughtExceptionHandler().uncaughtException(thread, thrown);
			}
		}

		/**
		 * Probes, as often as the breaker wants to be convinced. Where no probe has
		 * failed since the target was last up, calls fail that probes do not, so a probe
		 * proves too little: the last word is left to a call. Where one is all that the
		 * breaker wants, that probe gives its permission back when it is answered.
		 */
		void probe(ChainRuntime runtime, Duration timeout) {
			int wanted = this.target.targetBreaker().halfOpenCalls();
			boolean decides = this.failed || wanted > 1;
			int probes = this.failed ? wanted : Math.max(1, wanted - 1);
			for (int left = probes; left > 0; left--) {
				if (this.target.cooldownNanos(runtime.nanoTime()) > 0
						|| !(this.target.admit(null, 0) instanceof Permit permit)) {
					return;
				}
				if (!ask(runtime, timeout, permit, decides)) {
					this.failed = true;
					return;
				}
			}
			this.failed = false;
		}

		/** Who cannot be cancelled is not waited for on this thread. */
		private void call(ChainRuntime runtime, Duration timeout, ActiveAttempt<Q, A> attempt) throws Exception {
			Target<Q, A> asked = this.target.target();
			if (this.target.isCancellable()) {
				asked.call(this.request, attempt.exchange());
				return;
			}
			Future<A> answer = runtime.executor().submit(() -> asked.call(this.request, attempt.exchange()));
			try {
				runtime.time().await(answer, Nanos.of(timeout));
			}
			finally {
				answer.cancel(true);
			}
		}

		private boolean ask(ChainRuntime runtime, Duration timeout, Permit permit, boolean decides) {
			ActiveAttempt<Q, A> attempt = null;
			try {
				long now = runtime.nanoTime();
				long most = Nanos.of(timeout);
				ActiveCall call = new ActiveCall(this, CallSpec.PROBE, null, now, now + most);
				attempt = new ActiveAttempt<>(call, new Member<>(this.target, 0), 0, 1, 1, ActiveAttempt.Role.PROBE,
						now, 0, most, false);
				permit.sent();
				Failure failure = outcome(runtime, timeout, attempt);
				permit.used(attempt.usage());
				if (failure != null) {
					// Whatever the kind, this was no answer
					permit.failed(Failure.ofTransient(failure.status(), failure.message(), failure.cause()),
							attempt.durationNanos());
					return false;
				}
				if (decides) {
					permit.succeeded(attempt.durationNanos());
				}
				return true;
			}
			finally {
				if (attempt != null) {
					runtime.timer().disarm(attempt.cancellation());
				}
				permit.left();
				permit.released();
			}
		}

		/** How the probe failed, {@code null} where it was answered. */
		private @Nullable Failure outcome(ChainRuntime runtime, Duration timeout, ActiveAttempt<Q, A> attempt) {
			attempt.started(runtime.nanoTime(), null);
			runtime.timer().arm(attempt.cancellation(), Nanos.of(timeout), Thread.currentThread());
			try {
				call(runtime, timeout, attempt);
				attempt.cancellation().finish();
				attempt.record().ended(Attempt.Outcome.SUCCESS, null, runtime.nanoTime());
				return null;
			}
			catch (Throwable ex) {
				boolean late = attempt.cancellation().finish() == Cancellation.Reason.TIMEOUT
						|| ex instanceof TimeoutException;
				Failure failure = late ? Timeouts.of(attempt) : classify(ex);
				attempt.record().ended(Attempt.Outcome.FAILURE, failure, runtime.nanoTime());
				return failure;
			}
		}

		private Failure classify(Throwable thrown) {
			try {
				return this.classifier.classify(thrown);
			}
			catch (Throwable notOurs) {
				return Failure.ofTransient(0, thrown.getClass().getSimpleName(), thrown);
			}
		}

	}

}
