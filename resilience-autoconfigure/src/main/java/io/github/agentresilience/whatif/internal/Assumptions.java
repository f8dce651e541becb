package io.github.agentresilience.whatif.internal;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

import io.github.agentresilience.chain.Call;
import io.github.agentresilience.chain.FailureKind;
import io.github.agentresilience.chain.Layer;

/**
 * What the figures of a replay rest on, in sentences.
 */
final class Assumptions {

	private Assumptions() {
	}

	static List<String> of(Recording recording, Pasts pasts, CandidatePolicy candidate) {
		List<String> all = new ArrayList<>();
		all.add("Calls come when they came, whatever became of those before them, and a target does as it did, "
				+ "however much it is asked.");
		all.add(pasts.asRecorded() + " attempts end as the same call's attempt at that target did; " + pasts.drawn()
				+ " that were not made then end as one drawn from up to five attempts at the target that are nearest "
				+ "in time.");
		if (pasts.drawnFromFar() > 0) {
			all.add(pasts.drawnFromFar()
					+ " of them have no attempt at their target within a minute; they fail where those "
					+ "nearest in time failed in a row, and are drawn from all attempts at it elsewhere.");
		}
		pasts.neverAsked()
			.forEach((target) -> all.add("No attempt at '" + target
					+ "' was recorded; it is taken to answer always, in the times of the other targets of its layer."));
		if (anyAttempt(recording, (attempt) -> attempt.failedAs(FailureKind.SILENT))) {
			all.add("An attempt that ran into its timeout ends like a longer answer of its target within a minute, and "
					+ "never where there is none.");
		}
		if (anyAttempt(recording, RecordedAttempt::isCutShort)) {
			all.add("An attempt that was cancelled needs as long as an answer that took at least as long, or twice its "
					+ "time where there is none.");
		}
		if (recording.calls().stream().anyMatch((call) -> call.outcome() == Call.Outcome.CANCELLED)) {
			all.add("Calls that their callers cancelled, or that their turn could not pay for, are made and not counted.");
		}
		if (recording.calls().stream().anyMatch((call) -> call.outcome() == Call.Outcome.DEGRADED)) {
			all.add("A last resort that answered answers at once.");
		}
		if (recording.calls().stream().anyMatch(RecordedCall::streaming)) {
			all.add("A stream is steady between its first and its last chunk.");
		}
		all.add("Breakers begin closed, budgets full. Background probes, sticky targets, turn budgets, deadlines that "
				+ "calls bring along, and what a prompt needs of its target are left out.");
		if (recording.calls().stream().anyMatch((call) -> recording.chains().get(call.chain()).layer() == Layer.MCP)) {
			all.add("Every tool may be called again, and may be hedged.");
		}
		for (Layer layer : Layer.values()) {
			candidate.changedChains(layer)
				.stream()
				.filter((chain) -> !hasCall(recording, layer, chain))
				.forEach((chain) -> all.add("No call of the " + layer.id() + " chain '" + chain
						+ "' was recorded, so that the candidate's targets of it make no difference."));
		}
		if (!candidate.unused().isEmpty()) {
			all.add("These keys of the candidate make no difference to a replay: "
					+ String.join(", ", candidate.unused()) + ".");
		}
		return all;
	}

	private static boolean hasCall(Recording recording, Layer layer, String chain) {
		return recording.calls()
			.stream()
			.map((call) -> recording.chains().get(call.chain()))
			.anyMatch((recorded) -> recorded.layer() == layer && recorded.name().equals(chain));
	}

	private static boolean anyAttempt(Recording recording, Predicate<RecordedAttempt> what) {
		return recording.calls().stream().anyMatch((call) -> call.attempts().stream().anyMatch(what));
	}

}
