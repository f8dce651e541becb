package io.github.agentresilience.actuate.internal.answer;

import java.util.List;
import java.util.Map;

import io.github.agentresilience.scorecard.internal.History;
import org.jspecify.annotations.Nullable;

/**
 * The whole hour for the first picture of the page, in a quarter of the room that the
 * readable form takes: rows without names, and times as milliseconds since the row
 * before; the first since the hour's beginning. The page's script unpacks it.
 *
 * @param states names of states, which are places in this list elsewhere; one with a star
 * behind it came because other instances have told of it
 */
@AnswerJson
public record PackedHistoryAnswer(String now, long spanMs, long sliceMs, PackedLayer llm, PackedLayer mcp,
		List<String> states) implements HistoryBody {

	public static PackedHistoryAnswer of(History history) {
		return HistoryPacker.pack(history);
	}

	/**
	 * One layer.
	 *
	 * @param names the targets that served
	 * @param slices a row for each: time, succeeded, failed, p50, p95, then what each of
	 * the names served
	 * @param breakers for each target the state before, then time and state of each
	 * change
	 * @param incidents for each chain its rows: time, milliseconds from the first one's
	 * beginning to the last one's end ({@code null} while open), count, total, longest
	 */
	@AnswerJson
	public record PackedLayer(List<String> names, List<List<@Nullable Number>> slices,
			Map<String, List<Number>> breakers, Map<String, List<List<@Nullable Number>>> incidents) {

	}

}
