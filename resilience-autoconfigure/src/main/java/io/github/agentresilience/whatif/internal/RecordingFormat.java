package io.github.agentresilience.whatif.internal;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;

import io.github.agentresilience.chain.Attempt;
import io.github.agentresilience.chain.Call;
import io.github.agentresilience.chain.Layer;
import io.github.agentresilience.whatif.internal.RecordedAttempt.RecordedFailure;
import io.github.agentresilience.whatif.internal.RecordedAttempt.RecordedUsage;
import org.jspecify.annotations.Nullable;

/**
 * A recording as rows of numbers, which go into a file and come out of it again.
 *
 * @param version of this format
 * @param recordedUntil when the recording ends
 * @param lengthMicros how long after its first call that is
 * @param chains what the rows name by their places
 * @param calls of each call its chain, its start after the first one's and its duration
 * in microseconds, how it ended, and whether it was a stream
 * @param attempts of each attempt the place of its call, or -1 for one that no user made,
 * then chain, target, start, duration, time to the first chunk, how it ended, the kind of
 * its failure or -1, status, Retry-After in milliseconds, flags, and tokens of prompt and
 * answer, or -1
 */
public record RecordingFormat(int version, String recordedUntil, long lengthMicros, List<RecordedChain> chains,
		List<long[]> calls, List<long[]> attempts) {

	private static final int VERSION = 1;

	private static final int CALL_COLUMNS = 5;

	private static final int ATTEMPT_COLUMNS = 13;

	private static final long MICRO = 1000;

	/** Writes a recording. */
	public static RecordingFormat of(Recording recording) {
		long origin = Math.min(
				recording.calls().stream().mapToLong(RecordedCall::startNanos).min().orElse(recording.untilNanos()),
				recording.others()
					.stream()
					.mapToLong(RecordedAttempt::startNanos)
					.min()
					.orElse(recording.untilNanos()));
		List<long[]> calls = new ArrayList<>();
		List<long[]> attempts = new ArrayList<>();
		for (RecordedCall call : recording.calls()) {
			call.attempts().forEach((attempt) -> attempts.add(row(calls.size(), attempt, origin)));
			calls.add(new long[] { call.chain(), (call.startNanos() - origin) / MICRO, call.durationMicros(),
					call.outcome().ordinal(), call.streaming() ? 1 : 0 });
		}
		recording.others().forEach((attempt) -> attempts.add(row(Recording.NO_CALL, attempt, origin)));
		return new RecordingFormat(VERSION, recording.until().toString(), (recording.untilNanos() - origin) / MICRO,
				recording.chains(), calls, attempts);
	}

	private static long[] row(int call, RecordedAttempt attempt, long origin) {
		RecordedFailure failure = attempt.failure();
		RecordedUsage usage = attempt.usage();
		return new long[] { call, attempt.chain(), attempt.target(), (attempt.startNanos() - origin) / MICRO,
				attempt.durationMicros(), attempt.responseMicros(), attempt.outcome().ordinal(),
				(failure != null) ? failure.kind().ordinal() : Recorder.NONE, (failure != null) ? failure.status() : 0,
				(failure != null) ? failure.retryAfterMillis() : 0,
				(failure == null) ? 0
						: (failure.counts() ? Recorder.COUNTS : 0) | (failure.unclear() ? Recorder.UNCLEAR : 0),
				(usage != null) ? usage.input() : Recorder.NONE, (usage != null) ? usage.output() : Recorder.NONE };
	}

	/**
	 * Reads a recording.
	 * @param json its fields, as a parser of JSON gives them
	 * @throws IllegalArgumentException when they are no recording
	 */
	public static Recording read(Map<String, Object> json) {
		try {
			if (number(json.get("version")) != VERSION) {
				throw new IllegalArgumentException("another version");
			}
			List<RecordedChain> chains = new ArrayList<>();
			for (Object chain : list(json.get("chains"))) {
				Map<?, ?> fields = (Map<?, ?>) chain;
				chains.add(new RecordedChain(Layer.valueOf(text(fields.get("layer")).toUpperCase(Locale.ROOT)),
						text(fields.get("name")),
						list(fields.get("targets")).stream().map(RecordingFormat::text).toList()));
			}
			return read(chains, rows(json.get("calls"), CALL_COLUMNS), rows(json.get("attempts"), ATTEMPT_COLUMNS),
					Instant.parse(text(json.get("recordedUntil"))), number(json.get("lengthMicros")) * MICRO);
		}
		catch (RuntimeException ex) {
			throw new IllegalArgumentException("No recording", ex);
		}
	}

	private static Recording read(List<RecordedChain> chains, List<long[]> calls, List<long[]> attempts, Instant until,
			long length) {
		List<List<RecordedAttempt>> ofCalls = new ArrayList<>();
		calls.forEach((call) -> ofCalls.add(new ArrayList<>(2)));
		List<RecordedAttempt> others = new ArrayList<>();
		for (long[] row : attempts) {
			RecordedAttempt attempt = attempt(row);
			Objects.checkIndex(attempt.target(), chains.get(attempt.chain()).targets().size());
			((row[0] == Recording.NO_CALL) ? others : ofCalls.get((int) row[0])).add(attempt);
		}
		List<RecordedCall> all = new ArrayList<>();
		for (int i = 0; i < calls.size(); i++) {
			long[] row = calls.get(i);
			Objects.checkIndex((int) row[0], chains.size());
			// Two that began in the same microsecond are two calls all the same
			all.add(new RecordedCall((int) row[0], row[1] * MICRO + i % MICRO, (int) row[2],
					Call.Outcome.values()[(int) row[3]], row[4] != 0, ofCalls.get(i)));
		}
		all.sort(Comparator.comparingLong(RecordedCall::startNanos));
		return new Recording(until, length, chains, all, others);
	}

	private static RecordedAttempt attempt(long[] row) {
		return RecordingReader.attempt(new Rows.Row(Recorder.ATTEMPT, (int) row[1], (int) row[2], 0, row[3] * MICRO,
				(int) row[4], (int) row[5], (int) row[6], (int) row[7], (int) row[10], (int) row[8], (int) row[9],
				(int) row[11], (int) row[12]));
	}

	private static List<long[]> rows(@Nullable Object json, int columns) {
		List<long[]> rows = new ArrayList<>();
		for (Object row : list(json)) {
			long[] numbers = list(row).stream().mapToLong(RecordingFormat::number).toArray();
			if (numbers.length != columns) {
				throw new IllegalArgumentException("a row of another length");
			}
			rows.add(numbers);
		}
		return rows;
	}

	private static List<?> list(@Nullable Object json) {
		return (List<?>) Objects.requireNonNull(json);
	}

	private static String text(@Nullable Object json) {
		return (String) Objects.requireNonNull(json);
	}

	private static long number(@Nullable Object json) {
		return ((Number) Objects.requireNonNull(json)).longValue();
	}

}
