package io.github.agentresilience.autoconfigure;

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/**
 * Says which property is wrong and how to fix it.
 */
public class ResilienceConfigurationFailureAnalyzer extends AbstractFailureAnalyzer<ResilienceConfigurationException> {

	@Override
	protected FailureAnalysis analyze(Throwable rootFailure, ResilienceConfigurationException cause) {
		return new FailureAnalysis("The property '" + cause.property() + "' " + cause.problem() + ".", cause.fix(),
				cause);
	}

}
