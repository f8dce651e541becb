package io.github.agentresilience.whatif.internal;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import io.github.agentresilience.chain.Attempt;
import io.github.agentresilience.chain.Call;
import io.github.agentresilience.chain.FailureKind;
import io.github.agentresilience.chain.internal.time.Time;
import io.github.agentresilience.whatif.internal.RecordedAttempt.RecordedFailure;
import io.github.agentresilience.whatif.internal.RecordedAttempt.RecordedUsage;
import org.jspecify.annotations.Nullable;

/**
 * Makes calls of rows. A call whose oldest attempts may have been pushed out is left out,
 * and so is one that has not ended.
 */
final class RecordingReader {

	private static final Attempt.Outcome[] ATTEMPT_OUTCOMES = Attempt.Outcome.values();

	private static final Call.Outcome[] CALL_OUTCOMES = Call.Outcome.values();

	private static final FailureKind[] KINDS = FailureKind.values();

	private RecordingReader() {
	}

	static Recording read(Rows rows, List<RecordedChain> chains, Time time, Duration span) {
		long now = time.nanos();
		List<Rows.Row> calls = new ArrayList<>();
		Map<CallKey, List<RecordedAttempt>> attempts = new HashMap<>();
		List<RecordedAttempt> others = new ArrayList<>();
		long[] from = { now - span.toNanos() };
		boolean full = rows.isFull();
		rows.forEach((row) -> {
			if (full && calls.isEmpty() && attempts.isEmpty()) {
				from[0] = Math.max(from[0], row.start() + row.duration() * 1000L);
			}
			if (row.type() == Recorder.CALL) {
				calls.add(row);
			}
			else if ((row.flags() & Recorder.UNSCORED) == 0) {
				attempts.computeIfAbsent(new CallKey(row.chain(), row.call()), (key) -> new ArrayList<>(2))
					.add(attempt(row));
			}
			else {
				others.add(attempt(row));
			}
		});
		List<RecordedCall> whole = calls.stream()
			.filter((row) -> row.start() - from[0] >= 0 && (row.flags() & Recorder.UNSCORED) == 0)
			.map((row) -> call(row, attempts.remove(new CallKey(row.chain(), row.call()))))
			.sorted(Comparator.comparingLong(RecordedCall::startNanos))
			.toList();
		return new Recording(time.now(), now, chains, whole,
				others.stream().filter((attempt) -> attempt.startNanos() - from[0] >= 0).toList());
	}

	private static RecordedCall call(Rows.Row row, @Nullable List<RecordedAttempt> attempts) {
		return new RecordedCall(row.chain(), row.start(), row.duration(), CALL_OUTCOMES[row.outcome()],
				(row.flags() & Recorder.STREAMING) != 0,
				(attempts != null)
						? attempts.stream().sorted(Comparator.comparingLong(RecordedAttempt::startNanos)).toList()
						: List.of());
	}

	static RecordedAttempt attempt(Rows.Row row) {
		RecordedFailure failure = (row.failure() != Recorder.NONE)
				? new RecordedFailure(KINDS[row.failure()], row.status(), row.retryAfter(),
						(row.flags() & Recorder.COUNTS) != 0, (row.flags() & Recorder.UNCLEAR) != 0)
				: null;
		return new RecordedAttempt(row.chain(), row.target(), row.start(), row.duration(), row.response(),
				ATTEMPT_OUTCOMES[row.outcome()], failure,
				(row.input() != Recorder.NONE) ? new RecordedUsage(row.input(), row.output()) : null);
	}

	/**
	 * Two calls of a chain that begin in the same nanosecond are told apart by nothing:
	 * the first of them has the attempts of both.
	 */
	private record CallKey(int chain, long startNanos) {
	}

}
