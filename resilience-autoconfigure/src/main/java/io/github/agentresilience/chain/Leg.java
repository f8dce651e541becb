package io.github.agentresilience.chain;

import java.util.List;

/**
 * What all chains of one leg share.
 *
 * @param <A> the leg's answer
 * @param layer which leg it is
 * @param runtime clock, timer and threads
 * @param classifier gives failures their kind
 * @param inspector looks into answers
 * @param budget bounds the retries of the leg
 * @param listeners are told of every call
 */
public record Leg<A>(Layer layer, ChainRuntime runtime, FailureClassifier classifier, AnswerInspector<A> inspector,
		RetryBudget budget, List<ChainListener> listeners) {

	public Leg {
		listeners = List.copyOf(listeners);
	}

}
