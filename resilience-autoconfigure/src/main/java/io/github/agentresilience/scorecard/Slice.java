package io.github.agentresilience.scorecard;

import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Collection;
import java.util.Map;
import java.util.zip.DataFormatException;

import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/**
 * Ten seconds of a leg.
 *
 * @param from when they began
 * @param answered calls that got an answer, by whomever
 * @param failed calls that got an exception
 * @param served answered calls by the target that served them
 * @param durations compressed histogram of the answered calls' durations, in microseconds
 */
public record Slice(Instant from, long answered, long failed, Map<String, Long> served, byte[] durations) {

	/** Milliseconds, {@code null} where nothing was answered. */
	public @Nullable Double percentileMs(double percentile) {
		return Summary.percentileMs(histogram(), percentile);
	}

	/** A percentile over several slices. */
	public static @Nullable Double percentileMs(Collection<Slice> slices, double percentile) {
		Histogram sum = SlidingHistogram.emptyHistogram();
		slices.forEach((slice) -> sum.add(slice.histogram()));
		return Summary.percentileMs(sum, percentile);
	}

	Histogram histogram() {
		try {
			return Histogram.decodeFromCompressedByteBuffer(ByteBuffer.wrap(this.durations), 0);
		}
		catch (DataFormatException ex) {
			throw new IllegalStateException("A slice of the history cannot be read", ex);
		}
	}

}
