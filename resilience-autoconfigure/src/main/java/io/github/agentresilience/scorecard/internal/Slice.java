package io.github.agentresilience.scorecard.internal;

import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.zip.DataFormatException;

import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/**
 * Ten seconds of a layer.
 *
 * @param from when they began, to the millisecond
 * @param answered calls that got an answer, by whomever
 * @param failed calls that got an exception
 * @param served answered calls by the target that served them
 * @param p50Ms median of the answered calls' durations in milliseconds, {@code null}
 * where nothing was answered
 * @param p95Ms their 95th percentile
 * @param durations compressed histogram of the durations, in microseconds
 */
public record Slice(Instant from, long answered, long failed, Map<String, Long> served, @Nullable Double p50Ms,
		@Nullable Double p95Ms, byte[] durations) {

	static Slice of(Instant from, long failed, Map<String, Long> served, Histogram durations) {
		ByteBuffer buffer = ByteBuffer.allocate(durations.getNeededByteBufferCapacity());
		int length = durations.encodeIntoCompressedByteBuffer(buffer);
		return new Slice(from, durations.getTotalCount(), failed, Map.copyOf(served),
				Summary.percentileMs(durations, 50), Summary.percentileMs(durations, 95),
				Arrays.copyOf(buffer.array(), length));
	}

	/**
	 * Percentiles over several slices; that takes their histograms apart, one after the
	 * other.
	 * @return in the order of what was asked for
	 */
	public static List<@Nullable Double> percentilesMs(Collection<Slice> slices, double... percentiles) {
		Histogram sum = SlidingHistogram.emptyHistogram();
		slices.forEach((slice) -> sum.add(slice.histogram()));
		return Arrays.stream(percentiles).mapToObj((each) -> Summary.percentileMs(sum, each)).toList();
	}

	private Histogram histogram() {
		try {
			return Histogram.decodeFromCompressedByteBuffer(ByteBuffer.wrap(this.durations), 0);
		}
		catch (DataFormatException ex) {
			throw new IllegalStateException("A slice of the history cannot be read", ex);
		}
	}

}
