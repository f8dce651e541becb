package io.github.agentresilience.whatif.internal;

import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

import io.github.agentresilience.chain.Layer;

/**
 * The calls of about the last hour, each with its attempts.
 *
 * @param until when it ends
 * @param untilNanos the same by the clock of its calls
 * @param chains the chains, which calls and attempts name by their places
 * @param calls all calls that users made, in the order in which they began
 * @param others attempts of calls that no user made, which tell of targets all the same
 */
public record Recording(Instant until, long untilNanos, List<RecordedChain> chains, List<RecordedCall> calls,
		List<RecordedAttempt> others) {

	/** Where a call that no user made has its attempts. */
	static final int NO_CALL = -1;

	/** The name of the target that an attempt asked. */
	String target(RecordedAttempt attempt) {
		return this.chains.get(attempt.chain()).targets().get(attempt.target());
	}

	/** Only the calls that another recording has too. */
	Recording common(Recording other) {
		Set<CallName> names = new HashSet<>();
		other.calls.forEach((call) -> names.add(CallName.of(other, call)));
		return new Recording(this.until, this.untilNanos, this.chains,
				this.calls.stream().filter((call) -> names.contains(CallName.of(this, call))).toList(), this.others);
	}

	/** What a call is known by in each recording that it stands in. */
	private record CallName(Layer layer, String chain, long startNanos) {

		static CallName of(Recording recording, RecordedCall call) {
			RecordedChain chain = recording.chains.get(call.chain());
			return new CallName(chain.layer(), chain.name(), call.startNanos());
		}

	}

}
