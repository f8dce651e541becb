package io.github.agentresilience.scorecard;

import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;

import org.HdrHistogram.Histogram;
import org.HdrHistogram.Recorder;
import org.jspecify.annotations.Nullable;

/**
 * The last hour of one leg. Recording waits for nobody but whoever is first in a new slice.
 */
final class LegHistory {

	private static final long SLICE_NANOS = History.SLICE.toNanos();

	private static final long LONGEST_MICROS = 3_600_000_000L;

	private final LongSupplier nanoTime;

	private final Clock clock;

	private final Recorder durations = new Recorder(LONGEST_MICROS, 2);

	private final LongAdder failed = new LongAdder();

	private final Map<String, LongAdder> served = new ConcurrentHashMap<>();

	private final Deque<Slice> past = new ArrayDeque<>();

	private final ReentrantLock lock = new ReentrantLock();

	private final Histogram filling = SlidingHistogram.emptyHistogram();

	private final Map<String, Long> fillingServed = new HashMap<>();

	private long fillingFailed;

	private @Nullable Histogram recycled;

	private Instant from;

	private volatile long end;

	LegHistory(LongSupplier nanoTime, Clock clock) {
		this.nanoTime = nanoTime;
		this.clock = clock;
		this.from = clock.instant().truncatedTo(ChronoUnit.MILLIS);
		this.end = nanoTime.getAsLong() + SLICE_NANOS;
	}

	/** Where the calls that a target serves are counted. */
	LongAdder servedBy(String target) {
		return this.served.computeIfAbsent(target, (key) -> new LongAdder());
	}

	void answered(long durationNanos) {
		advance();
		this.durations.recordValue(Math.min(LONGEST_MICROS, Math.max(0, durationNanos / 1_000)));
	}

	void failed() {
		advance();
		this.failed.increment();
	}

	private void advance() {
		if (this.nanoTime.getAsLong() - this.end < 0) {
			return;
		}
		this.lock.lock();
		try {
			long behind = this.nanoTime.getAsLong() - this.end;
			if (behind < 0) {
				return;
			}
			collect();
			Slice full = filling();
			if (full != null) {
				this.past.addLast(full);
				if (this.past.size() > History.SLICES) {
					this.past.removeFirst();
				}
			}
			empty();
			this.end += (behind / SLICE_NANOS + 1) * SLICE_NANOS;
			this.from = this.clock.instant().minusNanos(behind % SLICE_NANOS).truncatedTo(ChronoUnit.MILLIS);
		}
		finally {
			this.lock.unlock();
		}
	}

	/** Moves what has been counted into the slice that is filling. */
	private void collect() {
		this.recycled = this.durations.getIntervalHistogram(this.recycled);
		this.filling.add(this.recycled);
		this.fillingFailed += this.failed.sumThenReset();
		this.served.forEach((target, count) -> {
			long more = count.sumThenReset();
			if (more > 0) {
				this.fillingServed.merge(target, more, Long::sum);
			}
		});
	}

	private @Nullable Slice filling() {
		return (this.filling.getTotalCount() == 0 && this.fillingFailed == 0) ? null
				: Slice.of(this.from, this.fillingFailed, this.fillingServed, this.filling);
	}

	private void empty() {
		this.filling.reset();
		this.fillingServed.clear();
		this.fillingFailed = 0;
	}

	List<Slice> slices(Instant since) {
		advance();
		this.lock.lock();
		try {
			collect();
			List<Slice> slices = new ArrayList<>(this.past);
			Slice last = filling();
			if (last != null) {
				slices.add(last);
			}
			slices.removeIf((slice) -> slice.from().plus(History.SLICE).isBefore(since));
			return slices;
		}
		finally {
			this.lock.unlock();
		}
	}

	void reset() {
		this.lock.lock();
		try {
			collect();
			this.past.clear();
			empty();
		}
		finally {
			this.lock.unlock();
		}
	}

}
