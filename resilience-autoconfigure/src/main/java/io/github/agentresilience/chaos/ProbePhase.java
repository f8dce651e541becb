package io.github.agentresilience.chaos;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

import org.jspecify.annotations.Nullable;

/**
 * Probes at a steady rate for a while, or until something does not hold.
 */
final class ProbePhase {

	/** Probes that may be in flight at once: slow answers must not slow the asking. */
	private static final int MOST_AT_ONCE = 64;

	private static final Duration LOOK_EVERY = Duration.ofMillis(50);

	private static final long NONE = Long.MIN_VALUE;

	private final Experiment experiment;

	private final ExecutorService threads;

	private final List<Long> durations = Collections.synchronizedList(new ArrayList<>());

	private final Set<Long> inFlight = ConcurrentHashMap.newKeySet();

	private final AtomicLong succeeded = new AtomicLong();

	private final AtomicLong failingSince = new AtomicLong(NONE);

	private final AtomicLong longestOutage = new AtomicLong();

	ProbePhase(Experiment experiment, ExecutorService threads) {
		this.experiment = experiment;
		this.threads = threads;
	}

	/** One probe that nobody measures: the first call of a process loads classes and opens connections. */
	void warmUp() throws InterruptedException {
		try {
			this.threads.submit(this.experiment.probe()).get();
		}
		catch (ExecutionException notAnswered) {
			// The figures of the next ones will say so
		}
	}

	/**
	 * Probes.
	 * @return what did not hold, or {@code null}
	 * @throws InterruptedException when the experiment is to be aborted
	 */
	@Nullable String run(Duration duration) throws InterruptedException {
		long start = System.nanoTime();
		long end = start + duration.toNanos();
		long interval = (long) (1e9 / this.experiment.probesPerSecond());
		long next = start;
		while (System.nanoTime() - end < 0) {
			if (System.nanoTime() - next >= 0) {
				next += interval;
				if (this.inFlight.size() < MOST_AT_ONCE) {
					this.threads.execute(this::probe);
				}
			}
			String violated = this.experiment.steadyState().violatedBy(figures());
			if (violated != null) {
				return violated;
			}
			pause(Math.min(next - System.nanoTime(), LOOK_EVERY.toNanos()));
		}
		return this.experiment.steadyState().violatedBy(figures());
	}

	private static void pause(long nanos) throws InterruptedException {
		if (nanos > 0) {
			TimeUnit.NANOSECONDS.sleep(nanos);
		}
		else if (Thread.interrupted()) {
			throw new InterruptedException();
		}
	}

	private void probe() {
		long start = System.nanoTime();
		this.inFlight.add(start);
		boolean answered = false;
		try {
			this.experiment.probe().call();
			answered = true;
		}
		catch (Exception notAnswered) {
			// The figures say so
		}
		finally {
			this.inFlight.remove(start);
			ended(System.nanoTime() - start, answered);
		}
	}

	private void ended(long nanos, boolean answered) {
		long now = System.nanoTime();
		if (answered) {
			this.succeeded.incrementAndGet();
			long since = this.failingSince.getAndSet(NONE);
			if (since != NONE) {
				this.longestOutage.accumulateAndGet(now - since, Math::max);
			}
		}
		else {
			this.failingSince.compareAndSet(NONE, now);
		}
		this.durations.add(nanos);
	}

	PhaseFigures figures() {
		long now = System.nanoTime();
		List<Long> all;
		int ended;
		synchronized (this.durations) {
			all = new ArrayList<>(this.durations);
		}
		ended = all.size();
		this.inFlight.forEach((start) -> all.add(now - start));
		Collections.sort(all);
		double p95 = all.isEmpty() ? 0 : all.get((int) Math.ceil(all.size() * 0.95) - 1) / 1e6;
		long since = this.failingSince.get();
		long outage = Math.max(this.longestOutage.get(), since == NONE ? 0 : now - since);
		return new PhaseFigures(ended, all.size() - ended, ended == 0 ? 1 : Math.min(1, (double) this.succeeded.get() / ended), p95,
				outage / 1e6);
	}

}
