package io.github.agentresilience.scorecard.internal;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

import io.github.agentresilience.chain.Layer;
import io.github.agentresilience.scorecard.internal.ChainReport.Span;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.HistogramIterationValue;

/**
 * Reports as bytes: a version, then numbers of variable length. Not HdrHistogram's own
 * format, which has the reader make room for whatever it says it needs: what is read may
 * have been written by anybody.
 */
public final class ChainReportFormat {

	/** Of one report. In base 64 these are 8 KiB. */
	public static final int MOST_BYTES = 6_144;

	private static final int VERSION = 1;

	/** More than anybody counts; sums of a fleet do not overflow. */
	private static final long MOST_CALLS = 1L << 48;

	private static final long HOUR_MICROS = History.SPAN.toNanos() / 1000;

	private static final int COUNTS = 8;

	private ChainReportFormat() {
	}

	/**
	 * Writes a report; where it would be too long, durations are coarser, and after that
	 * it leaves out incidents.
	 */
	public static byte[] write(ChainReport report) {
		byte[] whole = write(report, report.micros());
		if (whole.length <= MOST_BYTES) {
			return whole;
		}
		Histogram coarse = new Histogram(SlidingHistogram.LONGEST_MICROS, 1);
		coarse.add(report.micros());
		byte[] shorter = write(report, coarse);
		return (shorter.length <= MOST_BYTES) ? shorter : write(new ChainReport(report.layer(), report.chain(),
				report.counts(), coarse, report.incidents().stream().filter(Span::isOpen).toList(), 0), coarse);
	}

	private static byte[] write(ChainReport report, Histogram micros) {
		ByteBuffer bytes = ByteBuffer.allocate(64 * 1024);
		bytes.put((byte) VERSION);
		CallCounts counts = report.counts();
		for (long count : new long[] { counts.succeeded(), counts.failed(), counts.toolErrors(), counts.fallbacks(),
				counts.degraded(), counts.unacceptable(), counts.restarts(), counts.overBudget() }) {
			write(bytes, Math.min(count, MOST_CALLS));
		}
		write(bytes, report.completeForMicros());
		write(bytes, report.incidents().size());
		for (Span span : report.incidents()) {
			write(bytes, span.beganMicros());
			write(bytes, span.endedMicros() + 1);
		}
		long before = 0;
		for (HistogramIterationValue value : micros.recordedValues()) {
			long middle = micros.medianEquivalentValue(value.getValueIteratedTo());
			write(bytes, middle - before);
			write(bytes, value.getCountAtValueIteratedTo());
			before = middle;
		}
		return Arrays.copyOf(bytes.array(), bytes.position());
	}

	private static void write(ByteBuffer bytes, long number) {
		long left = number;
		while ((left & ~0x7FL) != 0) {
			bytes.put((byte) (left & 0x7F | 0x80));
			left >>>= 7;
		}
		bytes.put((byte) left);
	}

	/**
	 * Reads a report.
	 * @throws IllegalArgumentException when it cannot be one
	 */
	public static ChainReport read(Layer layer, String chain, byte[] text) {
		require(text.length <= MOST_BYTES);
		ByteBuffer bytes = ByteBuffer.wrap(text);
		try {
			require(bytes.get() == VERSION);
			long[] counts = new long[COUNTS];
			for (int i = 0; i < counts.length; i++) {
				counts[i] = read(bytes, MOST_CALLS);
			}
			long completeFor = read(bytes, HOUR_MICROS);
			long spans = read(bytes, IncidentLog.MOST + 1);
			List<Span> incidents = new ArrayList<>();
			for (long i = 0; i < spans; i++) {
				long began = read(bytes, Long.MAX_VALUE / 2);
				long ended = read(bytes, HOUR_MICROS + 1) - 1;
				require(ended <= began);
				incidents.add(new Span(began, ended));
			}
			return new ChainReport(layer, chain, new CallCounts(counts[0], counts[1], counts[2], counts[3], counts[4],
					counts[5], counts[6], counts[7]), histogram(bytes), incidents, completeFor);
		}
		catch (BufferUnderflowException ex) {
			throw new IllegalArgumentException("It breaks off", ex);
		}
	}

	private static Histogram histogram(ByteBuffer bytes) {
		Histogram micros = SlidingHistogram.emptyHistogram();
		long value = 0;
		while (bytes.hasRemaining()) {
			value += read(bytes, SlidingHistogram.LONGEST_MICROS * 2);
			require(value <= SlidingHistogram.LONGEST_MICROS * 2);
			micros.recordValueWithCount(Math.min(value, SlidingHistogram.LONGEST_MICROS), read(bytes, MOST_CALLS));
		}
		return micros;
	}

	private static long read(ByteBuffer bytes, long most) {
		long number = 0;
		for (int shift = 0; shift < 63; shift += 7) {
			byte next = bytes.get();
			number |= (next & 0x7FL) << shift;
			if (next >= 0) {
				require(number <= most);
				return number;
			}
		}
		throw new IllegalArgumentException("A number is too long");
	}

	private static void require(boolean right) {
		if (!right) {
			throw new IllegalArgumentException("It is no report of version " + VERSION);
		}
	}

}
