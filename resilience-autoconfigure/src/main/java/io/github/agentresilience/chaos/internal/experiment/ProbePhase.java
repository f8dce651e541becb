package io.github.agentresilience.chaos.internal.experiment;

import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;

import io.github.agentresilience.chain.internal.time.Nanos;
import io.github.agentresilience.chain.internal.time.Time;
import io.github.agentresilience.chaos.PhaseFigures;
import org.jspecify.annotations.Nullable;

/**
 * Probes at a steady rate for a while, or until something does not hold. Those still in
 * flight at the end are waited for, each until it is overdue, so that a phase is never
 * judged without them.
 */
final class ProbePhase {

	/** Probes that may be in flight at once: slow answers must not slow the asking. */
	private static final int MOST_AT_ONCE = 64;

	/** What the first call of a process may take at least. */
	private static final Duration COLD_START = Duration.ofSeconds(10);

	private static final Duration LOOK_EVERY = Duration.ofMillis(50);

	private final ProbeSpec spec;

	private final SteadyState steadyState;

	private final Duration patience;

	private final Time time;

	private final ExecutorService threads;

	private final Set<Probe> inFlight = ConcurrentHashMap.newKeySet();

	private final AtomicInteger busyThreads = new AtomicInteger();

	private final ProbeTally tally = new ProbeTally();

	private PhaseFigures figures = ProbeTally.NO_PROBES;

	/**
	 * A phase.
	 * @param patience how long a probe may take before it counts as unanswered
	 */
	ProbePhase(Experiment experiment, Duration patience, Time time, ExecutorService threads) {
		this.spec = experiment.probe();
		this.steadyState = experiment.steadyState();
		this.patience = patience;
		this.time = time;
		this.threads = threads;
	}

	/**
	 * One probe that is not measured: the first call of a process loads classes and opens
	 * connections.
	 * @return what is wrong already, or {@code null}
	 */
	@Nullable String warmUp() throws InterruptedException {
		Duration most = (this.patience.compareTo(COLD_START) > 0) ? this.patience : COLD_START;
		Future<Boolean> first = this.threads.submit(this.spec.call());
		try {
			this.time.await(first, Nanos.of(most));
		}
		catch (ExecutionException notAnswered) {
			// The figures of the next ones will say so
		}
		catch (TimeoutException ex) {
			return "the first probe was not answered within %d ms".formatted(most.toMillis());
		}
		finally {
			first.cancel(true);
		}
		return null;
	}

	/**
	 * Probes.
	 * @return what did not hold, or {@code null}
	 * @throws InterruptedException when the experiment is to be aborted
	 */
	@Nullable String run(Duration duration) throws InterruptedException {
		try {
			String violated = ask(duration);
			return (violated != null) ? violated : settle();
		}
		finally {
			this.figures = now();
			// What hangs under the fault would fail after it, and count against a target
			// that is well again
			this.inFlight.forEach(Probe::hangUp);
		}
	}

	private @Nullable String ask(Duration duration) throws InterruptedException {
		long start = this.time.nanos();
		long interval = (long) (1e9 / this.spec.perSecond());
		long next = start;
		while (this.time.nanos() - start < duration.toNanos()) {
			if (this.time.nanos() - next >= 0) {
				next += interval;
				if (this.busyThreads.get() < MOST_AT_ONCE) {
					new Probe().ask();
				}
			}
			String violated = look(false);
			if (violated != null) {
				return violated;
			}
			pause(Math.min(next - this.time.nanos(), LOOK_EVERY.toNanos()));
		}
		return null;
	}

	private @Nullable String settle() throws InterruptedException {
		while (!this.inFlight.isEmpty()) {
			String violated = look(false);
			if (violated != null) {
				return violated;
			}
			pause(LOOK_EVERY.toNanos());
		}
		return look(true);
	}

	private @Nullable String look(boolean complete) {
		long now = this.time.nanos();
		for (Probe probe : this.inFlight) {
			if (now - probe.askedAt >= this.patience.toNanos()) {
				counted(probe, () -> this.tally.overdue(probe.askedAt, now));
				probe.hangUp();
			}
		}
		PhaseFigures figures = now();
		String violated = this.steadyState.violatedBy(figures, complete);
		return (violated == null || figures.overdue() == 0) ? violated : "%s (%d of %d took longer than %d ms)"
			.formatted(violated, figures.overdue(), figures.probes(), this.patience.toMillis());
	}

	/** Whoever finds none in flight finds all of them counted. */
	private void counted(Probe probe, Runnable count) {
		synchronized (this.tally) {
			if (this.inFlight.remove(probe)) {
				count.run();
			}
		}
	}

	private void pause(long nanos) throws InterruptedException {
		if (nanos > 0) {
			this.time.sleep(nanos);
		}
		else if (Thread.interrupted()) {
			throw new InterruptedException();
		}
	}

	private PhaseFigures now() {
		List<Long> askedAt = this.inFlight.stream().map((probe) -> probe.askedAt).toList();
		return this.tally.figures(askedAt, this.time.nanos());
	}

	/** How its probes did, once it has run. */
	PhaseFigures figures() {
		return this.figures;
	}

	private final class Probe implements Runnable {

		private final long askedAt = ProbePhase.this.time.nanos();

		private volatile @Nullable Future<?> task;

		void ask() {
			ProbePhase.this.inFlight.add(this);
			ProbePhase.this.busyThreads.incrementAndGet();
			this.task = ProbePhase.this.threads.submit(this);
		}

		void hangUp() {
			Future<?> task = this.task;
			if (task != null) {
				task.cancel(true);
			}
		}

		@Override
		public void run() {
			boolean answered = false;
			try {
				answered = ProbePhase.this.spec.call().call();
			}
			catch (Exception notAnswered) {
				// The figures say so
			}
			finally {
				ProbePhase.this.busyThreads.decrementAndGet();
				long now = ProbePhase.this.time.nanos();
				counted(this, answered ? () -> ProbePhase.this.tally.answered(this.askedAt, now)
						: () -> ProbePhase.this.tally.failed(this.askedAt, now));
			}
		}

	}

}
