package io.github.agentresilience.sample;

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/**
 * Names the variables that the profile {@code live} misses.
 */
class MissingVariablesFailureAnalyzer extends AbstractFailureAnalyzer<MissingVariablesException> {

	@Override
	protected FailureAnalysis analyze(Throwable rootFailure, MissingVariablesException cause) {
		return new FailureAnalysis(
				"The profile 'live' calls real endpoints, and these environment variables do not " + "say where: "
						+ String.join(", ", cause.variables()) + ".",
				"Set them, or run without the profile 'live' to use the embedded servers.", cause);
	}

}
