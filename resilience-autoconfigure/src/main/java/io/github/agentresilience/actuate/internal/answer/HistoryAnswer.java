package io.github.agentresilience.actuate.internal.answer;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.github.agentresilience.chain.Layer;
import io.github.agentresilience.scorecard.internal.History;
import io.github.agentresilience.scorecard.internal.HistoryEvent;
import io.github.agentresilience.scorecard.internal.HistoryEvent.BreakerChange;
import io.github.agentresilience.scorecard.internal.HistoryEvent.IncidentGroup;
import io.github.agentresilience.scorecard.internal.Slice;
import org.jspecify.annotations.Nullable;

/**
 * The history in the form that people and programs read.
 *
 * @param spanMs how far back it goes
 * @param sliceMs how long one slice is
 */
@AnswerJson
public record HistoryAnswer(String now, long spanMs, long sliceMs, LayerSlices llm, LayerSlices mcp,
		List<Event> events) implements HistoryBody {

	public static HistoryAnswer of(History history, Duration span) {
		Instant now = history.now();
		Instant from = now.minus(span);
		return new HistoryAnswer(now.toString(), span.toMillis(), History.SLICE.toMillis(),
				LayerSlices.of(history.slices(Layer.LLM, from)), LayerSlices.of(history.slices(Layer.MCP, from)),
				history.events(from).stream().map(Event::of).toList());
	}

	/** What one layer did. */
	@AnswerJson
	public record LayerSlices(long calls, long succeeded, long failed, @Nullable Double p50Ms, @Nullable Double p95Ms,
			List<SliceFigures> slices) {

		static LayerSlices of(List<Slice> slices) {
			long answered = slices.stream().mapToLong(Slice::answered).sum();
			long failed = slices.stream().mapToLong(Slice::failed).sum();
			List<@Nullable Double> percentiles = Slice.percentilesMs(slices, 50, 95);
			return new LayerSlices(answered + failed, answered, failed, Rounded.millis(percentiles.get(0)),
					Rounded.millis(percentiles.get(1)), slices.stream().map(SliceFigures::of).toList());
		}

	}

	/**
	 * Ten seconds of a layer.
	 *
	 * @param at when they began
	 * @param served answered calls by the target that served them
	 */
	@AnswerJson
	public record SliceFigures(String at, long succeeded, long failed, @Nullable Double p50Ms, @Nullable Double p95Ms,
			Map<String, Long> served) {

		static SliceFigures of(Slice slice) {
			return new SliceFigures(slice.from().toString(), slice.answered(), slice.failed(),
					Rounded.millis(slice.p50Ms()), Rounded.millis(slice.p95Ms()), slice.served());
		}

	}

	/** Something that happened. */
	public sealed interface Event {

		static Event of(HistoryEvent event) {
			String at = event.at().toString();
			String layer = event.layer().id();
			if (event instanceof BreakerChange change) {
				return new BreakerEvent(at, layer, "breaker", change.target(), change.from(), change.to(),
						change.byFleet() ? true : null);
			}
			IncidentGroup incidents = (IncidentGroup) event;
			Instant until = incidents.until();
			return new IncidentsEvent(at, layer, "incidents", incidents.chain(),
					(until != null) ? until.toString() : null, incidents.count(), Rounded.millis(incidents.totalMs()),
					Rounded.millis(incidents.longestMs()));
		}

	}

	/**
	 * The breaker of a target changed its state.
	 *
	 * @param type {@code breaker}
	 * @param subject the target
	 * @param from the state until then
	 * @param state the state from then on
	 * @param byFleet {@code true} where it did because other instances have told of it;
	 * else the key is missing
	 */
	@AnswerJson
	public record BreakerEvent(String at, String layer, String type, String subject, String from, String state,
			@JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Boolean byFleet) implements Event {

	}

	/**
	 * Incidents of a chain.
	 *
	 * @param type {@code incidents}
	 * @param subject the chain
	 * @param until when the last of them ended, {@code null} while it is open
	 */
	@AnswerJson
	public record IncidentsEvent(String at, String layer, String type, String subject, @Nullable String until,
			long count, @Nullable Double totalMs, @Nullable Double longestMs) implements Event {

	}

}
