package io.github.agentresilience.observation.internal;

import java.util.List;
import java.util.Locale;

import io.github.agentresilience.chain.Attempt;
import io.github.agentresilience.chain.Call;
import io.github.agentresilience.chain.Chain;
import io.micrometer.common.KeyValues;
import org.jspecify.annotations.Nullable;

/**
 * The tags of a chain's calls and attempts, of which there are only so many sets.
 */
final class ChainKeys {

	/** Stands behind the outcomes of a call. */
	private static final int REFUSED = Call.Outcome.values().length;

	private static final KeyValues[] OUTCOMES = outcomes(Attempt.Outcome.values());

	private final Started calls;

	private final Started probes;

	/** By the position of the target that served the call, and by outcome. */
	private final KeyValues[][] ended;

	/** By outcome, where no target served the call. */
	private final KeyValues[] unserved = callOutcomes();

	ChainKeys(Chain chain) {
		List<String> targets = chain.targets().stream().map(Chain.Link::name).toList();
		this.calls = new Started(chain, targets, "");
		this.probes = new Started(chain, targets, ResilienceObservations.PROBE);
		this.ended = new KeyValues[targets.size()][];
		for (int i = 0; i < this.ended.length; i++) {
			this.ended[i] = callOutcomes();
			for (int outcome = 0; outcome < this.ended[i].length; outcome++) {
				this.ended[i][outcome] = this.ended[i][outcome].and(ResilienceObservations.TARGET, targets.get(i));
			}
		}
	}

	/** The tags of a call that begins. */
	KeyValues of(Call call) {
		return started(call).call;
	}

	/** The tags of an attempt that begins. */
	KeyValues of(Attempt attempt) {
		return started(attempt.call()).attempts[attempt.position()];
	}

	/** What is added when a call ends. */
	KeyValues ended(Call call, boolean refused) {
		Attempt served = call.served();
		KeyValues[] byOutcome = (served != null) ? this.ended[served.position()] : this.unserved;
		return byOutcome[refused ? REFUSED : call.outcome().ordinal()];
	}

	/** What is added when an attempt ends. */
	static KeyValues ended(Attempt attempt, @Nullable String kindOfFailure) {
		KeyValues outcome = OUTCOMES[attempt.outcome().ordinal()];
		return (kindOfFailure != null) ? outcome.and(ResilienceObservations.KIND, kindOfFailure) : outcome;
	}

	private Started started(Call call) {
		return call.isSynthetic() ? this.probes : this.calls;
	}

	private static KeyValues[] outcomes(Enum<?>[] outcomes) {
		KeyValues[] tags = new KeyValues[outcomes.length];
		for (int i = 0; i < tags.length; i++) {
			tags[i] = KeyValues.of(ResilienceObservations.OUTCOME, outcomes[i].name().toLowerCase(Locale.ROOT));
		}
		return tags;
	}

	private static KeyValues[] callOutcomes() {
		KeyValues[] tags = new KeyValues[REFUSED + 1];
		System.arraycopy(outcomes(Call.Outcome.values()), 0, tags, 0, REFUSED);
		tags[REFUSED] = KeyValues.of(ResilienceObservations.OUTCOME, ResilienceObservations.REFUSED);
		return tags;
	}

	/** The tags with which calls and attempts begin. */
	private static final class Started {

		private final KeyValues call;

		/** By the position of the target. */
		private final KeyValues[] attempts;

		/**
		 * Tags.
		 * @param mark follows the chain's name in the tags of calls and the target's in
		 * those of attempts, which have no tag for the chain
		 */
		Started(Chain chain, List<String> targets, String mark) {
			KeyValues unknown = KeyValues.of(ResilienceObservations.LAYER, chain.layer().id(),
					ResilienceObservations.OUTCOME, ResilienceObservations.NONE);
			this.call = unknown.and(ResilienceObservations.CHAIN, chain.name() + mark, ResilienceObservations.TARGET,
					ResilienceObservations.NONE);
			this.attempts = targets.stream()
				.map((target) -> unknown.and(ResilienceObservations.TARGET, target + mark, ResilienceObservations.KIND,
						ResilienceObservations.NONE))
				.toArray(KeyValues[]::new);
		}

	}

}
