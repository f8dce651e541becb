package io.github.agentresilience.scorecard.internal;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.locks.ReentrantLock;

import io.github.agentresilience.chain.internal.time.Time;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.Recorder;
import org.jspecify.annotations.Nullable;

/**
 * Durations of the recent past, to one percent, in bounded memory: a histogram for each
 * tenth of the window, about 25 KiB each. Recording never waits.
 */
final class SlidingHistogram {

	private static final int SLOTS = 10;

	private static final int SIGNIFICANT_DIGITS = 2;

	static final long LONGEST_MICROS = 3_600_000_000L;

	private final Recorder recorder = new Recorder(LONGEST_MICROS, SIGNIFICANT_DIGITS);

	private final long slotNanos;

	private final ReentrantLock lock = new ReentrantLock();

	private final Deque<Histogram> past = new ArrayDeque<>(SLOTS);

	private Histogram current = emptyHistogram();

	private @Nullable Histogram recycled;

	private volatile long slotEnd;

	private final Time time;

	SlidingHistogram(Duration window, Time time) {
		this.time = time;
		this.slotNanos = Math.max(1, window.toNanos() / SLOTS);
		this.slotEnd = time.nanos() + this.slotNanos;
	}

	static Histogram emptyHistogram() {
		return new Histogram(LONGEST_MICROS, SIGNIFICANT_DIGITS);
	}

	void record(long nanos) {
		if (this.time.nanos() - this.slotEnd >= 0) {
			advance();
		}
		this.recorder.recordValue(Math.min(LONGEST_MICROS, Math.max(0, nanos / 1000)));
	}

	/** Adds what the window holds to another histogram. */
	void addTo(Histogram sum) {
		this.lock.lock();
		try {
			advance();
			collect();
			sum.add(this.current);
			this.past.forEach(sum::add);
		}
		finally {
			this.lock.unlock();
		}
	}

	void reset() {
		this.lock.lock();
		try {
			collect();
			this.current = emptyHistogram();
			this.past.clear();
		}
		finally {
			this.lock.unlock();
		}
	}

	private void advance() {
		this.lock.lock();
		try {
			long behind = this.time.nanos() - this.slotEnd;
			if (behind < 0) {
				return;
			}
			collect();
			long slots = behind / this.slotNanos + 1;
			for (long i = 0; i < Math.min(slots, SLOTS); i++) {
				this.past.addLast(this.current);
				this.current = emptyHistogram();
				if (this.past.size() >= SLOTS) {
					this.past.removeFirst();
				}
			}
			this.slotEnd += slots * this.slotNanos;
		}
		finally {
			this.lock.unlock();
		}
	}

	private void collect() {
		this.recycled = this.recorder.getIntervalHistogram(this.recycled);
		this.current.add(this.recycled);
	}

}
