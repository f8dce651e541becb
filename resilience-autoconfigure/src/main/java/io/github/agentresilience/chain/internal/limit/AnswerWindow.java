package io.github.agentresilience.chain.internal.limit;

import java.util.Arrays;

/**
 * How long a target took for a number of answers, one after the other: their mean, and by
 * how much that may be off by chance. A target whose answers differ much needs more of
 * them until that can be told. Not safe for threads.
 *
 * <p>
 * Their median would not do: where all take the same time, those that wait come in rounds
 * with those that do not, and half of them must wait before the median says so. One that
 * takes many times as long as the others counts for less, or it alone would be the mean.
 */
final class AnswerWindow {

	/** Fewer answers have no mean to speak of. */
	private static final int FEWEST = 20;

	private static final int MOST = 200;

	/** A mean that may be further off needs more answers. */
	private static final double LARGEST_ERROR = 0.05;

	/** So many medians are the most that an answer counts for. */
	private static final int MOST_MEDIANS = 5;

	private final long[] answers = new long[MOST];

	private int count;

	private double stays;

	private int peak;

	private double mean;

	private double error;

	/**
	 * An answer has come.
	 * @param nanos how long the target took until it began to answer
	 * @param stay how long the attempt was under way
	 * @param atOnce how many were
	 */
	void add(long nanos, long stay, int atOnce) {
		this.answers[this.count++] = nanos;
		this.stays += stay;
		this.peak = Math.max(this.peak, atOnce);
	}

	/**
	 * Whether these are enough.
	 * @param atOnce how many attempts may be under way
	 */
	boolean isFull(int atOnce) {
		if (this.count < Math.min(MOST, Math.max(FEWEST, atOnce)) || this.count % FEWEST != 0) {
			return false;
		}
		Arrays.sort(this.answers, 0, this.count);
		double longest = Math.max(1.0, this.answers[this.count / 2]) * MOST_MEDIANS;
		double sum = 0;
		double squares = 0;
		for (int i = 0; i < this.count; i++) {
			double nanos = Math.min(longest, this.answers[i]);
			sum += nanos;
			squares += nanos * nanos;
		}
		this.mean = Math.max(1, sum / this.count);
		double variance = Math.max(0, squares / this.count - this.mean * this.mean);
		this.error = Math.sqrt(variance / this.count) / this.mean;
		return this.error <= LARGEST_ERROR || this.count == MOST;
	}

	/** In nanoseconds. */
	double mean() {
		return this.mean;
	}

	/** By how much the mean may be off by chance, as a share of it. */
	double error() {
		return this.error;
	}

	/** How long attempts were under way, in nanoseconds. */
	double stay() {
		return this.stays / Math.max(1, this.count);
	}

	/** The most attempts at once. */
	int peak() {
		return this.peak;
	}

	void clear() {
		this.count = 0;
		this.stays = 0;
		this.peak = 0;
	}

}
