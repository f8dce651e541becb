package io.github.agentresilience.actuate;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;

import io.github.agentresilience.chain.Layer;
import io.github.agentresilience.scorecard.History;
import io.github.agentresilience.scorecard.HistoryEvent;
import io.github.agentresilience.scorecard.HistoryEvent.BreakerChange;
import io.github.agentresilience.scorecard.HistoryEvent.IncidentGroup;
import io.github.agentresilience.scorecard.Slice;

/**
 * The whole hour for the first picture of the page, in a quarter of the room that the readable form takes: rows without
 * names, and times as milliseconds since the row before; the first since the hour's beginning.
 *
 * <p>
 * {@code slices} has a row for each: time, succeeded, failed, p50, p95, then what each of {@code names} served.
 * {@code breakers} has a list for each target: the state before, then time and state of each change, states as places
 * in {@code states}. {@code incidents} has rows for each chain: time, milliseconds from the first one's beginning to
 * the last one's end ({@code null} while open), count, total, longest. The page's script unpacks it.
 */
final class PackedHistory {

	private final List<String> states = new ArrayList<>();

	private final Instant from;

	private PackedHistory(Instant from) {
		this.from = from;
	}

	static Map<String, Object> of(History history) {
		Instant now = history.now();
		PackedHistory packed = new PackedHistory(now.minus(History.SPAN));
		Map<String, Object> json = new LinkedHashMap<>();
		json.put("now", now.toString());
		json.put("spanMs", History.SPAN.toMillis());
		json.put("sliceMs", History.SLICE.toMillis());
		List<HistoryEvent> events = history.events(packed.from);
		for (Layer layer : Layer.values()) {
			List<HistoryEvent> here = events.stream().filter((event) -> event.layer() == layer).toList();
			Map<String, Object> leg = packed.slices(history.slices(layer, packed.from));
			leg.put("breakers", bySubject(here, BreakerChange.class, BreakerChange::target, packed::changes));
			leg.put("incidents", bySubject(here, IncidentGroup.class, IncidentGroup::chain, packed::incidents));
			json.put(layer.id(), leg);
		}
		json.put("states", packed.states);
		return json;
	}

	private static <E> Map<String, List<Object>> bySubject(List<HistoryEvent> events, Class<E> type,
			Function<E, String> subject, Function<List<E>, List<Object>> rows) {
		return events.stream()
			.filter(type::isInstance)
			.map(type::cast)
			.collect(Collectors.groupingBy(subject, LinkedHashMap::new,
					Collectors.collectingAndThen(Collectors.toList(), rows)));
	}

	private Map<String, Object> slices(List<Slice> slices) {
		List<String> names = List.copyOf(slices.stream()
			.flatMap((slice) -> slice.served().keySet().stream())
			.collect(Collectors.toCollection(TreeSet::new)));
		List<Object> rows = new ArrayList<>();
		Instant last = this.from;
		for (Slice slice : slices) {
			List<Object> row = new ArrayList<>(Arrays.asList(millis(last, slice.from()), slice.answered(), slice.failed(),
					ScorecardJson.millis(slice.p50Ms()), ScorecardJson.millis(slice.p95Ms())));
			names.forEach((name) -> row.add(slice.served().getOrDefault(name, 0L)));
			rows.add(row);
			last = slice.from();
		}
		Map<String, Object> json = new LinkedHashMap<>();
		json.put("names", names);
		json.put("slices", rows);
		return json;
	}

	private List<Object> changes(List<BreakerChange> changes) {
		List<Object> row = new ArrayList<>();
		row.add(state(changes.get(0).from()));
		Instant last = this.from;
		for (BreakerChange change : changes) {
			row.add(millis(last, change.at()));
			row.add(state(change.to()));
			last = change.at();
		}
		return row;
	}

	private int state(String name) {
		if (!this.states.contains(name)) {
			this.states.add(name);
		}
		return this.states.indexOf(name);
	}

	private List<Object> incidents(List<IncidentGroup> groups) {
		List<Object> rows = new ArrayList<>();
		Instant last = this.from;
		for (IncidentGroup group : groups) {
			Instant until = group.until();
			rows.add(Arrays.asList(millis(last, group.at()), (until == null) ? null : millis(group.at(), until),
					group.count(), ScorecardJson.millis(group.totalMs()), ScorecardJson.millis(group.longestMs())));
			last = group.at();
		}
		return rows;
	}

	private static long millis(Instant from, Instant to) {
		return Duration.between(from, to).toMillis();
	}

}
