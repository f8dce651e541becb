package io.github.agentresilience.chain.internal.budget;

import java.util.Arrays;

/**
 * How quickly one target has answered lately: the last 128 answers, 2 KiB. The 95th
 * percentile, for hedging, is of all of them; the median, for routing, only of the latest
 * few, so that it follows a change soon.
 */
public final class RecentLatency {

	public static final long UNKNOWN = -1;

	/** A median older than this says nothing about now. */
	public static final long STALE_AFTER_NANOS = 30_000_000_000L;

	private static final int SIZE = 128;

	private static final int MEDIAN_OF = 16;

	/** Fewer answers than this have no 95th percentile worth the name. */
	private static final int FEWEST_FOR_P95 = 20;

	/** How many answers may come in before the percentiles are worked out again. */
	private static final int REFRESH_EVERY = 8;

	private final long[] durations = new long[SIZE];

	private final long[] times = new long[SIZE];

	private int count;

	private volatile long p95 = UNKNOWN;

	private volatile long median = UNKNOWN;

	private volatile long last;

	private volatile boolean measured;

	public synchronized void record(long durationNanos, long nowNanos) {
		this.durations[this.count % SIZE] = durationNanos;
		this.times[this.count % SIZE] = nowNanos;
		this.count++;
		this.last = nowNanos;
		if (this.count < MEDIAN_OF || this.count % REFRESH_EVERY == 0 || !this.measured) {
			refresh(nowNanos);
		}
		this.measured = true;
		if (this.count == 2 * SIZE) {
			this.count = SIZE;
		}
	}

	private void refresh(long nowNanos) {
		int size = Math.min(this.count, SIZE);
		if (size >= FEWEST_FOR_P95) {
			long[] all = Arrays.copyOf(this.durations, size);
			Arrays.sort(all);
			this.p95 = all[(int) Math.ceil(size * 0.95) - 1];
		}
		long[] latest = new long[Math.min(size, MEDIAN_OF)];
		int fresh = 0;
		for (int i = this.count - 1; i >= this.count - latest.length; i--) {
			if (nowNanos - this.times[i % SIZE] < STALE_AFTER_NANOS) {
				latest[fresh++] = this.durations[i % SIZE];
			}
		}
		Arrays.sort(latest, 0, fresh);
		this.median = (fresh > 0) ? latest[(fresh - 1) / 2] : UNKNOWN;
	}

	/** Nanoseconds, or {@link #UNKNOWN} while there are too few answers. */
	public long p95() {
		return this.p95;
	}

	/** Nanoseconds, or {@link #UNKNOWN} when there is no recent answer. */
	public long median(long nowNanos) {
		return nanosSinceLast(nowNanos) < STALE_AFTER_NANOS ? this.median : UNKNOWN;
	}

	public long nanosSinceLast(long nowNanos) {
		return this.measured ? nowNanos - this.last : Long.MAX_VALUE;
	}

}
