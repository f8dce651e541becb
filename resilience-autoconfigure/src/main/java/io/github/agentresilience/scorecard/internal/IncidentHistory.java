package io.github.agentresilience.scorecard.internal;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Objects;

import io.github.agentresilience.chain.Layer;
import io.github.agentresilience.chain.internal.time.Time;
import io.github.agentresilience.scorecard.internal.HistoryEvent.IncidentGroup;

/**
 * The incidents of one chain. Those that end within the same slice are kept as one
 * record, so that a chain whose first attempts fail every second needs no more room than
 * one that breaks every ten seconds.
 */
final class IncidentHistory {

	private final Deque<IncidentGroup> ended = new ArrayDeque<>();

	private final Layer layer;

	private final String chain;

	private final Incidents incidents;

	private final Time time;

	/**
	 * A history.
	 * @param incidents knows whether one is open
	 */
	IncidentHistory(Layer layer, String chain, Incidents incidents, Time time) {
		this.layer = layer;
		this.chain = chain;
		this.incidents = incidents;
		this.time = time;
	}

	/** An incident has just ended that was that long. */
	void ended(long nanos) {
		Instant until = this.time.now().truncatedTo(ChronoUnit.MILLIS);
		double millis = nanos / 1e6;
		synchronized (this.ended) {
			IncidentGroup last = this.ended.peekLast();
			if (last != null && slice(Objects.requireNonNull(last.until())) == slice(until)) {
				this.ended.removeLast();
				this.ended.addLast(new IncidentGroup(last.at(), until, this.layer, this.chain, last.count() + 1,
						last.totalMs() + millis, Math.max(last.longestMs(), millis)));
				return;
			}
			if (this.ended.size() == History.SLICES) {
				this.ended.removeFirst();
			}
			this.ended
				.addLast(new IncidentGroup(before(until, nanos), until, this.layer, this.chain, 1, millis, millis));
		}
	}

	private static long slice(Instant time) {
		return time.toEpochMilli() / History.SLICE.toMillis();
	}

	private static Instant before(Instant time, long nanos) {
		return time.minus(Duration.ofNanos(nanos)).truncatedTo(ChronoUnit.MILLIS);
	}

	/** Those that ended since then, and the open one. */
	List<IncidentGroup> since(Instant from) {
		List<IncidentGroup> found = new ArrayList<>();
		synchronized (this.ended) {
			this.ended.stream()
				.filter((each) -> !Objects.requireNonNull(each.until()).isBefore(from))
				.forEach(found::add);
		}
		Incidents.Snapshot now = this.incidents.snapshot();
		if (now.isOpen()) {
			long nanos = Math.max(0, this.time.nanos() - now.openedAt());
			found.add(new IncidentGroup(before(this.time.now(), nanos), null, this.layer, this.chain, 1, nanos / 1e6,
					nanos / 1e6));
		}
		return found;
	}

	void reset() {
		synchronized (this.ended) {
			this.ended.clear();
		}
	}

}
