package io.github.agentresilience.scorecard.internal;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

import io.github.agentresilience.chain.Layer;
import io.github.agentresilience.chain.internal.time.Time;

/**
 * The last hour: what each layer did, in slices of ten seconds, and what happened.
 *
 * <p>
 * It is kept in bounded memory: at most {@link #SLICES} slices of a layer, as many
 * records of incidents of a chain, and twice as many breaker changes of a target. A slice
 * takes about half a KiB, part of it the compressed histogram of its durations, so that
 * percentiles of any span can be had; a record of incidents takes about 100 bytes and a
 * breaker change about 70. With both layers busy all the time, an hour takes about 400
 * KiB, and at most 40 KiB more for each chain and 50 KiB for each target that keeps
 * failing.
 */
public final class History {

	/** How far back it goes. */
	public static final Duration SPAN = Duration.ofHours(1);

	/** How long one slice is. */
	public static final Duration SLICE = Duration.ofSeconds(10);

	static final int SLICES = (int) SPAN.dividedBy(SLICE);

	private final Map<Layer, LayerHistory> layers = new EnumMap<>(Layer.class);

	private final Map<Key, BreakerHistory> breakers = new ConcurrentHashMap<>();

	private final Map<Key, IncidentHistory> incidents = new ConcurrentHashMap<>();

	private final Time time;

	History(Time time) {
		this.time = time;
		for (Layer layer : Layer.values()) {
			this.layers.put(layer, new LayerHistory(time));
		}
	}

	LayerHistory layer(Layer layer) {
		return Objects.requireNonNull(this.layers.get(layer));
	}

	BreakerHistory breaker(Layer layer, String target) {
		return this.breakers.computeIfAbsent(new Key(layer, target),
				(key) -> new BreakerHistory(layer, target, this.time));
	}

	/**
	 * A history of the incidents of a chain, in the place of that of an earlier chain of
	 * the name.
	 */
	IncidentHistory incidents(Layer layer, String chain, Incidents incidents) {
		IncidentHistory history = new IncidentHistory(layer, chain, incidents, this.time);
		this.incidents.put(new Key(layer, chain), history);
		return history;
	}

	/** The clock that the history goes by, to the millisecond. */
	public Instant now() {
		return this.time.now().truncatedTo(ChronoUnit.MILLIS);
	}

	/**
	 * What happened, in the order in which it began: breaker changes since then,
	 * incidents that ended since then, and open ones.
	 */
	public List<HistoryEvent> events(Instant since) {
		return Stream
			.<HistoryEvent>concat(this.breakers.values().stream().flatMap((each) -> each.since(since).stream()),
					this.incidents.values().stream().flatMap((each) -> each.since(since).stream()))
			.sorted(Comparator.comparing(HistoryEvent::at))
			.toList();
	}

	/**
	 * The slices of a layer that ended since then and in which there were calls, the
	 * oldest first; the last may still be filling.
	 */
	public List<Slice> slices(Layer layer, Instant since) {
		return Objects.requireNonNull(this.layers.get(layer)).slices(since);
	}

	void reset() {
		this.layers.values().forEach(LayerHistory::reset);
		this.breakers.values().forEach(BreakerHistory::reset);
		this.incidents.values().forEach(IncidentHistory::reset);
	}

	private record Key(Layer layer, String name) {
	}

}
