package io.github.agentresilience.scorecard.internal;

import java.util.List;

import io.github.agentresilience.chain.Layer;
import org.HdrHistogram.Histogram;

/**
 * What one instance has to say of one chain. All times are durations before it said so,
 * since clocks of instances differ.
 *
 * @param counts of its calls
 * @param micros durations of answered calls within the window
 * @param incidents those of the last hour
 * @param completeForMicros how far back no incident is missing
 */
public record ChainReport(Layer layer, String chain, CallCounts counts, Histogram micros, List<Span> incidents,
		long completeForMicros) {

	/**
	 * An incident.
	 *
	 * @param beganMicros how long ago it began
	 * @param endedMicros how long ago it ended, {@link #OPEN} where it has not
	 */
	public record Span(long beganMicros, long endedMicros) {

		static final long OPEN = -1;

		boolean isOpen() {
			return this.endedMicros == OPEN;
		}

	}

}
