package io.github.agentresilience.scorecard.internal;

import java.time.Instant;

import io.github.agentresilience.chain.Layer;
import org.jspecify.annotations.Nullable;

/**
 * Something that happened.
 */
public sealed interface HistoryEvent {

	/** When it began, to the millisecond. */
	Instant at();

	/** On which layer. */
	Layer layer();

	/**
	 * The breaker of a target changed its state.
	 *
	 * @param from the state until then
	 * @param to the state from then on
	 * @param byFleet whether it did because other instances have told of it
	 */
	record BreakerChange(Instant at, Layer layer, String target, String from, String to,
			boolean byFleet) implements HistoryEvent {
	}

	/**
	 * The incidents of a chain that ended within the same ten seconds, or the one that is
	 * open.
	 *
	 * @param at when the first of them began
	 * @param until when the last of them ended, {@code null} while it is open
	 * @param count how many
	 * @param totalMs how long they lasted together, in milliseconds; so far while it is
	 * open
	 * @param longestMs how long the longest lasted, in milliseconds
	 */
	record IncidentGroup(Instant at, @Nullable Instant until, Layer layer, String chain, long count, double totalMs,
			double longestMs) implements HistoryEvent {
	}

}
