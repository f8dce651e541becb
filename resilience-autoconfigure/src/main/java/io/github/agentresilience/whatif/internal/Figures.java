package io.github.agentresilience.whatif.internal;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import io.github.agentresilience.chain.Attempt;
import io.github.agentresilience.chain.Call;
import io.github.agentresilience.chain.FailureKind;
import io.github.agentresilience.chain.internal.policy.Price;
import io.github.agentresilience.scorecard.internal.Incidents;
import org.jspecify.annotations.Nullable;

/**
 * How one chain did, by the same rules whether its calls were made or replayed. As in the
 * scorecard, calls that their callers cancelled are left out, and an answer of a last
 * resort is one.
 *
 * @param calls calls that ended with an answer or an exception
 * @param successRate the share of them that was answered, {@code null} for no calls
 * @param p95Ms the 95th percentile of the times of answered calls
 * @param mttrMs the mean length of closed incidents
 * @param incidents incidents, an open one included
 * @param attempts attempts at all targets
 * @param attemptsOf the same by target
 * @param cost what the attempts cost whose tokens and price are known, {@code null} for
 * none
 */
public record Figures(long calls, @Nullable Double successRate, @Nullable Double p95Ms, @Nullable Double mttrMs,
		long incidents, long attempts, Map<String, Long> attemptsOf, @Nullable Double cost) {

	private static final double PERCENTILE = 0.95;

	/** The figures of one chain of a recording. */
	static Figures of(Recording recording, RecordedChain chain, CandidatePolicy policy) {
		List<RecordedCall> calls = recording.calls()
			.stream()
			.filter((call) -> call.counts() && chain.isSame(recording.chains().get(call.chain())))
			.toList();
		Map<String, Long> attempts = new LinkedHashMap<>();
		Double cost = null;
		for (RecordedCall call : calls) {
			for (RecordedAttempt attempt : call.attempts()) {
				String target = recording.target(attempt);
				attempts.merge(target, 1L, Long::sum);
				Price price = policy.target(chain.layer(), target).policy().price();
				if (attempt.usage() != null && price != null) {
					cost = ((cost != null) ? cost : 0) + price.cost(attempt.usage().input(), attempt.usage().output());
				}
			}
		}
		Incidents.Snapshot incidents = incidents(calls);
		long[] micros = calls.stream()
			.filter((call) -> call.outcome() != Call.Outcome.FAILED)
			.mapToLong(RecordedCall::durationMicros)
			.sorted()
			.toArray();
		return new Figures(calls.size(), calls.isEmpty() ? null : micros.length / (double) calls.size(),
				percentile(micros), incidents.mttrMs(), incidents.count(),
				attempts.values().stream().mapToLong(Long::longValue).sum(), attempts, cost);
	}

	private static @Nullable Double percentile(long[] sorted) {
		return (sorted.length == 0) ? null : sorted[(int) Math.ceil(PERCENTILE * sorted.length) - 1] / 1e3;
	}

	private static Incidents.Snapshot incidents(List<RecordedCall> calls) {
		List<Event> events = new ArrayList<>();
		for (RecordedCall call : calls) {
			call.attempts()
				.stream()
				.filter((attempt) -> attempt.outcome() == Attempt.Outcome.FAILURE
						&& !attempt.failedAs(FailureKind.CALLER))
				.forEach((attempt) -> events.add(new Event(attempt.endNanos(), true)));
			if (call.isAnswered()) {
				events.add(new Event(call.endNanos(), false));
			}
		}
		Event[] inOrder = events.toArray(Event[]::new);
		Arrays.sort(inOrder, Comparator.comparingLong(Event::nanos));
		Incidents incidents = new Incidents();
		for (Event event : inOrder) {
			if (event.failed()) {
				incidents.failed(event.nanos());
			}
			else {
				incidents.succeeded(event.nanos());
			}
		}
		return incidents.snapshot();
	}

	private record Event(long nanos, boolean failed) {
	}

}
