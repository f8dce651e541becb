package io.github.agentresilience.scorecard;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;

import io.github.agentresilience.chain.Layer;

/**
 * The last hour: what each leg did, in slices of ten seconds, and what happened. A slice keeps its durations as a
 * compressed histogram of some hundred bytes, so that percentiles of any span can be had; with both legs busy all the
 * time, an hour takes about half a megabyte, and never more than {@link #SLICES} slices for each leg and
 * {@link #EVENTS} events.
 */
public final class History {

	/** How far back it goes. */
	public static final Duration SPAN = Duration.ofHours(1);

	/** How long one slice is. */
	public static final Duration SLICE = Duration.ofSeconds(10);

	static final int SLICES = (int) SPAN.dividedBy(SLICE);

	static final int EVENTS = 1_000;

	private final Map<Layer, LegHistory> legs = new EnumMap<>(Layer.class);

	private final Deque<HistoryEvent> events = new ArrayDeque<>();

	private final Clock clock;

	History(LongSupplier nanoTime, Clock clock) {
		this.clock = clock;
		for (Layer layer : Layer.values()) {
			this.legs.put(layer, new LegHistory(nanoTime, clock));
		}
	}

	LegHistory leg(Layer layer) {
		return this.legs.get(layer);
	}

	/** Something happened. */
	void happened(Layer layer, HistoryEvent.Type type, String subject, String detail, long durationNanos) {
		HistoryEvent event = new HistoryEvent(this.clock.instant(), layer, type, subject, detail, durationNanos / 1e6);
		synchronized (this.events) {
			if (this.events.size() == EVENTS) {
				this.events.removeFirst();
			}
			this.events.addLast(event);
		}
	}

	/**
	 * What happened lately, the oldest first.
	 * @param span how far to look back, at most {@link #SPAN}
	 */
	public List<HistoryEvent> events(Duration span) {
		Instant from = this.clock.instant().minus(span);
		synchronized (this.events) {
			return this.events.stream().filter((event) -> !event.at().isBefore(from)).toList();
		}
	}

	/** The slices of a leg in which there were calls, the oldest first; the last may still be filling. */
	public List<Slice> slices(Layer layer, Duration span) {
		return this.legs.get(layer).slices(this.clock.instant().minus(span));
	}

	void reset() {
		this.legs.values().forEach(LegHistory::reset);
		synchronized (this.events) {
			this.events.clear();
		}
	}

}
