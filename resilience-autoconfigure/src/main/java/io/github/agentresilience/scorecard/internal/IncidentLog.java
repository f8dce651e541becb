package io.github.agentresilience.scorecard.internal;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

import io.github.agentresilience.scorecard.internal.ChainReport.Span;

/**
 * When the latest incidents of a chain were, each by itself, so that those of several
 * instances can be laid over each other. It takes about 4 KiB at most.
 */
final class IncidentLog {

	static final int MOST = 128;

	private static final long HOUR_NANOS = History.SPAN.toNanos();

	private final Deque<long[]> ended = new ArrayDeque<>();

	/** When the latest ended of those that were left out; only where any was. */
	private long leftOutUntil;

	private boolean leftOut;

	synchronized void ended(long fromNanos, long untilNanos) {
		if (this.ended.size() == MOST) {
			this.leftOutUntil = this.ended.removeFirst()[1];
			this.leftOut = true;
		}
		this.ended.addLast(new long[] { fromNanos, untilNanos });
	}

	/** Those that ended within the last hour, and the open one. */
	synchronized List<Span> spans(long nowNanos, Incidents.Snapshot incidents) {
		List<Span> spans = new ArrayList<>();
		for (long[] each : this.ended) {
			if (nowNanos - each[1] <= HOUR_NANOS) {
				spans.add(new Span(micros(nowNanos - each[0]), micros(nowNanos - each[1])));
			}
		}
		if (incidents.isOpen()) {
			spans.add(new Span(micros(nowNanos - incidents.openedAt()), Span.OPEN));
		}
		return spans;
	}

	/** How far back none is missing, in microseconds. */
	synchronized long completeForMicros(long nowNanos) {
		return micros(this.leftOut ? Math.min(HOUR_NANOS, nowNanos - this.leftOutUntil) : HOUR_NANOS);
	}

	private static long micros(long nanos) {
		return Math.max(0, nanos / 1000);
	}

	synchronized void reset() {
		this.ended.clear();
		this.leftOut = false;
	}

}
