package io.github.agentresilience.sample;

import java.util.List;

/**
 * The profile {@code live} needs environment variables that are not set.
 */
class MissingVariablesException extends RuntimeException {

	private final transient List<String> variables;

	MissingVariablesException(List<String> variables) {
		super("Environment variables are missing: " + String.join(", ", variables));
		this.variables = variables;
	}

	List<String> variables() {
		return this.variables;
	}

}
