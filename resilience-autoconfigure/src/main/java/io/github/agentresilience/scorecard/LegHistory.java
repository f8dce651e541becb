package io.github.agentresilience.scorecard;

import java.nio.ByteBuffer;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.LinkedHashMap;
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

	private @Nullable Slice filling;

	private @Nullable Histogram recycled;

	private Instant from;

	private volatile long end;

	LegHistory(LongSupplier nanoTime, Clock clock) {
		this.nanoTime = nanoTime;
		this.clock = clock;
		this.from = clock.instant();
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
			if (this.filling != null) {
				this.past.addLast(this.filling);
				this.filling = null;
				while (this.past.size() > History.SLICES) {
					this.past.removeFirst();
				}
			}
			this.end += (behind / SLICE_NANOS + 1) * SLICE_NANOS;
			this.from = this.clock.instant();
		}
		finally {
			this.lock.unlock();
		}
	}

	/** Moves what has been counted into the slice that is filling. */
	private void collect() {
		this.recycled = this.durations.getIntervalHistogram(this.recycled);
		long failures = this.failed.sumThenReset();
		if (this.recycled.getTotalCount() == 0 && failures == 0) {
			return;
		}
		Histogram all = this.recycled.copy();
		Map<String, Long> who = new LinkedHashMap<>();
		Slice before = this.filling;
		if (before != null) {
			failures += before.failed();
			all.add(before.histogram());
			who.putAll(before.served());
		}
		this.served.forEach((target, count) -> {
			long more = count.sumThenReset();
			if (more > 0) {
				who.merge(target, more, Long::sum);
			}
		});
		this.filling = new Slice(this.from, all.getTotalCount(), failures, who, compressed(all));
	}

	private static byte[] compressed(Histogram histogram) {
		ByteBuffer buffer = ByteBuffer.allocate(histogram.getNeededByteBufferCapacity());
		int length = histogram.encodeIntoCompressedByteBuffer(buffer);
		return Arrays.copyOf(buffer.array(), length);
	}

	List<Slice> slices(Instant since) {
		advance();
		this.lock.lock();
		try {
			collect();
			List<Slice> slices = new ArrayList<>(this.past);
			if (this.filling != null) {
				slices.add(this.filling);
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
			this.filling = null;
		}
		finally {
			this.lock.unlock();
		}
	}

}
