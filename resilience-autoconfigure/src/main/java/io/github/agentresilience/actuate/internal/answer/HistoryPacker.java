package io.github.agentresilience.actuate.internal.answer;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;

import io.github.agentresilience.actuate.internal.answer.PackedHistoryAnswer.PackedLayer;
import io.github.agentresilience.chain.Layer;
import io.github.agentresilience.scorecard.internal.History;
import io.github.agentresilience.scorecard.internal.HistoryEvent;
import io.github.agentresilience.scorecard.internal.HistoryEvent.BreakerChange;
import io.github.agentresilience.scorecard.internal.HistoryEvent.IncidentGroup;
import io.github.agentresilience.scorecard.internal.Slice;
import org.jspecify.annotations.Nullable;

/**
 * Packs the history into rows. States are numbered as they come.
 */
final class HistoryPacker {

	/** Behind a state that others have told of. */
	private static final String BY_FLEET = "*";

	private final List<String> states = new ArrayList<>();

	private final Instant from;

	private HistoryPacker(Instant from) {
		this.from = from;
	}

	static PackedHistoryAnswer pack(History history) {
		Instant now = history.now();
		HistoryPacker packer = new HistoryPacker(now.minus(History.SPAN));
		List<HistoryEvent> events = history.events(packer.from);
		PackedLayer llm = packer.layer(Layer.LLM, history, events);
		PackedLayer mcp = packer.layer(Layer.MCP, history, events);
		return new PackedHistoryAnswer(now.toString(), History.SPAN.toMillis(), History.SLICE.toMillis(), llm, mcp,
				packer.states);
	}

	private PackedLayer layer(Layer layer, History history, List<HistoryEvent> events) {
		List<HistoryEvent> here = events.stream().filter((event) -> event.layer() == layer).toList();
		List<Slice> slices = history.slices(layer, this.from);
		List<String> names = List.copyOf(slices.stream()
			.flatMap((slice) -> slice.served().keySet().stream())
			.collect(Collectors.toCollection(TreeSet::new)));
		return new PackedLayer(names, slices(slices, names),
				bySubject(here, BreakerChange.class, BreakerChange::target, this::changes),
				bySubject(here, IncidentGroup.class, IncidentGroup::chain, this::incidents));
	}

	private static <E, R> Map<String, R> bySubject(List<HistoryEvent> events, Class<E> type,
			Function<E, String> subject, Function<List<E>, R> rows) {
		return events.stream()
			.filter(type::isInstance)
			.map(type::cast)
			.collect(Collectors.groupingBy(subject, LinkedHashMap::new,
					Collectors.collectingAndThen(Collectors.toList(), rows)));
	}

	private List<List<@Nullable Number>> slices(List<Slice> slices, List<String> names) {
		List<List<@Nullable Number>> rows = new ArrayList<>();
		Instant last = this.from;
		for (Slice slice : slices) {
			List<@Nullable Number> row = new ArrayList<>();
			row.add(millis(last, slice.from()));
			row.add(slice.answered());
			row.add(slice.failed());
			row.add(Rounded.millis(slice.p50Ms()));
			row.add(Rounded.millis(slice.p95Ms()));
			names.forEach((name) -> row.add(slice.served().getOrDefault(name, 0L)));
			rows.add(row);
			last = slice.from();
		}
		return rows;
	}

	private List<Number> changes(List<BreakerChange> changes) {
		List<Number> row = new ArrayList<>();
		row.add(state(changes.get(0).from()));
		Instant last = this.from;
		for (BreakerChange change : changes) {
			row.add(millis(last, change.at()));
			row.add(state(change.byFleet() ? change.to() + BY_FLEET : change.to()));
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

	private List<List<@Nullable Number>> incidents(List<IncidentGroup> groups) {
		List<List<@Nullable Number>> rows = new ArrayList<>();
		Instant last = this.from;
		for (IncidentGroup group : groups) {
			Instant until = group.until();
			List<@Nullable Number> row = new ArrayList<>();
			row.add(millis(last, group.at()));
			row.add((until != null) ? millis(group.at(), until) : null);
			row.add(group.count());
			row.add(Rounded.millis(group.totalMs()));
			row.add(Rounded.millis(group.longestMs()));
			rows.add(row);
			last = group.at();
		}
		return rows;
	}

	private static long millis(Instant from, Instant to) {
		return Duration.between(from, to).toMillis();
	}

}
