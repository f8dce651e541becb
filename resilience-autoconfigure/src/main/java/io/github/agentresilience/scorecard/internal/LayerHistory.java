package io.github.agentresilience.scorecard.internal;

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

import io.github.agentresilience.chain.internal.time.Time;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.Recorder;
import org.jspecify.annotations.Nullable;

/**
 * The last hour of one layer. Recording waits for no other thread, but the one that is
 * first in a new slice.
 */
final class LayerHistory {

	private static final long SLICE_NANOS = History.SLICE.toNanos();

	private static final long LONGEST_MICROS = 3_600_000_000L;

	private final Time time;

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

	LayerHistory(Time time) {
		this.time = time;
		this.from = time.now().truncatedTo(ChronoUnit.MILLIS);
		this.end = time.nanos() + SLICE_NANOS;
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
		if (this.time.nanos() - this.end < 0) {
			return;
		}
		this.lock.lock();
		try {
			long behind = this.time.nanos() - this.end;
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
			this.from = this.time.now().minusNanos(behind % SLICE_NANOS).truncatedTo(ChronoUnit.MILLIS);
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
