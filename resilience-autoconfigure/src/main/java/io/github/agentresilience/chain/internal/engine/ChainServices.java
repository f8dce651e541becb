package io.github.agentresilience.chain.internal.engine;

import java.util.List;

import io.github.agentresilience.chain.ChainListener;
import io.github.agentresilience.chain.FailureClassifier;
import io.github.agentresilience.chain.Layer;
import io.github.agentresilience.chain.internal.budget.RetryBudget;
import io.github.agentresilience.chain.internal.foreign.ForeignCode;

/**
 * What all chains of one layer share.
 *
 * @param <A> the layer's answer
 * @param layer which layer it is
 * @param runtime clock, timer and threads
 * @param classifier gives failures their kind
 * @param inspector looks into answers
 * @param budget bounds the retries of the layer
 * @param listeners are told of every call
 */
public record ChainServices<A>(Layer layer, ChainRuntime runtime, FailureClassifier classifier,
		AnswerInspector<A> inspector, RetryBudget budget, List<ChainListener> listeners) {

	public ChainServices {
		listeners = List.copyOf(listeners);
		classifier = ForeignCode.classifier(classifier);
		inspector = SafeInspector.of(inspector);
	}

}
