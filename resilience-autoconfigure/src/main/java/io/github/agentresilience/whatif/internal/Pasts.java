package io.github.agentresilience.whatif.internal;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeSet;
import java.util.Set;

import io.github.agentresilience.chain.Attempt;
import io.github.agentresilience.chain.FailureKind;
import io.github.agentresilience.chain.Layer;
import io.github.agentresilience.whatif.internal.RecordedAttempt.RecordedUsage;
import org.jspecify.annotations.Nullable;

/**
 * Says how each attempt of a replay ends: as it did where the same call asked the same
 * target at about the same moment, else as the past of the target has it.
 */
final class Pasts {

	/** An attempt of the same call further away than that was at another moment. */
	private static final long SAME_MOMENT_NANOS = 1_000_000_000;

	private static final int ASSUMED_MICROS = 1_000_000;

	private final Recording recording;

	private final Map<Layer, Map<String, TargetPast>> targets = new LinkedHashMap<>();

	private final Random random;

	private final Set<String> neverAsked = new TreeSet<>();

	private long asRecorded;

	private long drawn;

	Pasts(Recording recording, Random random) {
		this.recording = recording;
		this.random = random;
		Map<Layer, Map<String, List<RecordedAttempt>>> sorted = new LinkedHashMap<>();
		for (RecordedCall call : recording.calls()) {
			if (call.refusedBecauseOfRequest() == null) {
				call.attempts().forEach((attempt) -> add(sorted, attempt));
			}
		}
		recording.others().forEach((attempt) -> add(sorted, attempt));
		sorted.forEach((layer, byName) -> byName
			.forEach((name, all) -> this.targets.computeIfAbsent(layer, (key) -> new LinkedHashMap<>())
				.put(name, new TargetPast(all, random))));
	}

	/** Refusals of single requests tell nothing of a target. */
	private void add(Map<Layer, Map<String, List<RecordedAttempt>>> sorted, RecordedAttempt attempt) {
		boolean ofRequest = attempt.failedAs(FailureKind.CALLER)
				|| (attempt.failedAs(FailureKind.TARGET) && !Objects.requireNonNull(attempt.failure()).counts());
		if (!ofRequest && !attempt.failedAs(FailureKind.CANCELLED)) {
			sorted.computeIfAbsent(this.recording.chains().get(attempt.chain()).layer(), (key) -> new LinkedHashMap<>())
				.computeIfAbsent(this.recording.target(attempt), (key) -> new ArrayList<>())
				.add(attempt);
		}
	}

	/**
	 * How an attempt ends.
	 * @param tryOnTarget counts the attempts of the call on this target, from 1
	 * @param nanos when it begins
	 */
	RecordedAttempt outcome(Layer layer, String target, RecordedCall call, int tryOnTarget, long nanos) {
		TargetPast past = this.targets.getOrDefault(layer, Map.of()).get(target);
		RecordedAttempt own = own(call, target, tryOnTarget);
		if (own != null && Math.abs(own.startNanos() - nanos) <= SAME_MOMENT_NANOS) {
			this.asRecorded++;
			return (past != null) ? past.known(own) : own;
		}
		RecordedAttempt ofRequest = call.refusedBecauseOfRequest();
		if (ofRequest != null) {
			return ofRequest;
		}
		this.drawn++;
		if (past != null && !past.isEmpty()) {
			return past.near(nanos);
		}
		this.neverAsked.add(target);
		return ofPeers(layer);
	}

	private @Nullable RecordedAttempt own(RecordedCall call, String target, int tryOnTarget) {
		int left = tryOnTarget;
		for (RecordedAttempt attempt : call.attempts()) {
			if (this.recording.target(attempt).equals(target) && --left == 0) {
				return attempt;
			}
		}
		return null;
	}

	private RecordedAttempt ofPeers(Layer layer) {
		List<RecordedAttempt> answers = this.targets.getOrDefault(layer, Map.of())
			.values()
			.stream()
			.flatMap((past) -> past.answers().stream())
			.toList();
		return answers.isEmpty()
				? new RecordedAttempt(0, 0, 0, ASSUMED_MICROS, ASSUMED_MICROS, Attempt.Outcome.SUCCESS, null, null)
				: answers.get(this.random.nextInt(answers.size()));
	}

	/** Which tokens an attempt uses: its call is as long wherever it is answered. */
	static @Nullable RecordedUsage usage(RecordedCall call, RecordedAttempt like) {
		if (!like.isGood()) {
			return like.usage();
		}
		RecordedUsage ofCall = call.usage();
		return (ofCall != null) ? ofCall : like.usage();
	}

	/** Attempts that ended as they did. */
	long asRecorded() {
		return this.asRecorded;
	}

	/** Attempts whose end was drawn. */
	long drawn() {
		return this.drawn;
	}

	/** Attempts drawn from other moments, since nothing near was known. */
	long drawnFromFar() {
		return this.targets.values()
			.stream()
			.flatMap((byName) -> byName.values().stream())
			.mapToLong(TargetPast::drawnFromFar)
			.sum();
	}

	/** Targets that were asked though nothing is known of them. */
	Set<String> neverAsked() {
		return this.neverAsked;
	}

}
