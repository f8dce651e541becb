package io.github.agentresilience.whatif.internal;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

import io.github.agentresilience.chain.FailureKind;
import org.jspecify.annotations.Nullable;

/**
 * How a target did over the time of a recording, and so how it would have answered at a
 * moment at which nobody asked it: as one of the attempts did that are nearest to it. An
 * outage is where those failed.
 */
final class TargetPast {

	/** Attempts on either side of the nearest one from which the outcome is drawn. */
	private static final int NEIGHBOURS = 2;

	/** So many attempts in a row that end alike are no chance. */
	private static final int RUN = 5;

	/** The same on each side of a moment at which that changed. */
	private static final int RUN_BESIDE_EDGE = 3;

	private static final long NEAR_NANOS = 1_000_000_000;

	/** Beyond that an attempt tells of the target, but not of the moment. */
	private static final long FAR_NANOS = 60 * NEAR_NANOS;

	private final List<RecordedAttempt> attempts = new ArrayList<>();

	/** Good answers, by how long they took. */
	private final List<RecordedAttempt> answers = new ArrayList<>();

	private final Map<RecordedAttempt, @Nullable RecordedAttempt> known = new IdentityHashMap<>();

	private final Random random;

	private long fromFar;

	/**
	 * The past of one target.
	 * @param all all its attempts that tell of it
	 * @param random draws
	 */
	TargetPast(List<RecordedAttempt> all, Random random) {
		this.random = random;
		all.stream().filter(RecordedAttempt::isGood).forEach(this.answers::add);
		this.answers.sort(Comparator.comparingInt(RecordedAttempt::durationMicros));
		for (RecordedAttempt attempt : all) {
			this.attempts.add(known(attempt));
		}
		this.attempts.sort(Comparator.comparingLong(RecordedAttempt::startNanos));
	}

	boolean isEmpty() {
		return this.attempts.isEmpty();
	}

	List<RecordedAttempt> answers() {
		return this.answers;
	}

	/** How often there was nothing near a moment. */
	long drawnFromFar() {
		return this.fromFar;
	}

	/**
	 * The attempt as it would have ended, had it been waited for. One that was cancelled
	 * is taken to have needed as long as an answer that took at least as long; so is one
	 * that ran into its timeout where such an answer was near.
	 */
	RecordedAttempt known(RecordedAttempt attempt) {
		RecordedAttempt whole = this.known.get(attempt);
		if (whole == null) {
			whole = attempt.isCutShort() ? answered(attempt, Long.MAX_VALUE)
					: attempt.failedAs(FailureKind.SILENT) ? answered(attempt, FAR_NANOS) : attempt;
			this.known.put(attempt, whole);
		}
		return whole;
	}

	private RecordedAttempt answered(RecordedAttempt attempt, long within) {
		List<RecordedAttempt> longer = longerThan(attempt.durationMicros()).stream()
			.filter((answer) -> Math.abs(answer.startNanos() - attempt.startNanos()) <= within)
			.toList();
		if (!longer.isEmpty()) {
			RecordedAttempt like = longer.get(this.random.nextInt(longer.size()));
			return attempt.answeredLike(like.durationMicros(), like.responseMicros());
		}
		return attempt.isCutShort() ? attempt.answeredLike(attempt.durationMicros() * 2L, attempt.responseMicros() * 2L)
				: attempt;
	}

	private List<RecordedAttempt> longerThan(int micros) {
		int low = 0;
		int high = this.answers.size();
		while (low < high) {
			int middle = (low + high) >>> 1;
			if (this.answers.get(middle).durationMicros() < micros) {
				low = middle + 1;
			}
			else {
				high = middle;
			}
		}
		return this.answers.subList(low, this.answers.size());
	}

	/** An attempt that ended as one at that moment would have. */
	RecordedAttempt near(long nanos) {
		int after = firstNotBefore(nanos);
		int nearest = nearest(after, nanos);
		long distance = distance(nearest, nanos);
		if (distance > FAR_NANOS) {
			this.fromFar++;
			// Of an outage an open breaker may have hidden the rest
			if (isGood(nearest) || run(nearest, (nearest >= after) ? 1 : -1) < RUN_BESIDE_EDGE) {
				return this.attempts.get(this.random.nextInt(this.attempts.size()));
			}
		}
		int lowest = 0;
		int highest = this.attempts.size() - 1;
		if (after > 0 && after <= highest) {
			int earlier = run(after - 1, -1);
			int later = run(after, 1);
			boolean steady = isGood(after - 1) == isGood(after);
			if (steady && earlier + later >= RUN) {
				lowest = after - earlier;
				highest = after + later - 1;
			}
			else if (distance > NEAR_NANOS || (!steady && earlier >= RUN_BESIDE_EDGE && later >= RUN_BESIDE_EDGE)) {
				// Somewhere in between it went down, or came back
				lowest = (nearest >= after) ? after : 0;
				highest = (nearest < after) ? after - 1 : highest;
			}
		}
		return drawn(nearest, lowest, highest, nanos, Math.max(NEAR_NANOS, 2 * distance));
	}

	private RecordedAttempt drawn(int nearest, int lowest, int highest, long nanos, long within) {
		int first = nearest;
		while (first > lowest && first > nearest - NEIGHBOURS && distance(first - 1, nanos) <= within) {
			first--;
		}
		int last = nearest;
		while (last < highest && last < nearest + NEIGHBOURS && distance(last + 1, nanos) <= within) {
			last++;
		}
		return this.attempts.get(first + this.random.nextInt(last - first + 1));
	}

	/** How many attempts in a row ended alike, of those that matter. */
	private int run(int from, int step) {
		int length = 1;
		for (int i = from + step; i >= 0 && i < this.attempts.size() && length < RUN
				&& isGood(i) == isGood(from); i += step) {
			length++;
		}
		return length;
	}

	private boolean isGood(int index) {
		return this.attempts.get(index).isGood();
	}

	private int nearest(int after, long nanos) {
		if (after == this.attempts.size()) {
			return after - 1;
		}
		return (after > 0 && distance(after - 1, nanos) < distance(after, nanos)) ? after - 1 : after;
	}

	private long distance(int index, long nanos) {
		return Math.abs(this.attempts.get(index).startNanos() - nanos);
	}

	private int firstNotBefore(long nanos) {
		int low = 0;
		int high = this.attempts.size();
		while (low < high) {
			int middle = (low + high) >>> 1;
			if (this.attempts.get(middle).startNanos() < nanos) {
				low = middle + 1;
			}
			else {
				high = middle;
			}
		}
		return low;
	}

}
