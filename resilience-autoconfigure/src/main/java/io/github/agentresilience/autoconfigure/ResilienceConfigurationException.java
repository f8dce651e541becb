package io.github.agentresilience.autoconfigure;

/**
 * A property is wrong, and the application cannot start with it.
 */
public class ResilienceConfigurationException extends RuntimeException {

	private final String property;

	private final String problem;

	private final String fix;

	public ResilienceConfigurationException(String property, String problem, String fix) {
		super("The property '" + property + "' " + problem);
		this.property = property;
		this.problem = problem;
		this.fix = fix;
	}

	public String property() {
		return this.property;
	}

	public String problem() {
		return this.problem;
	}

	/** What to do about it. */
	public String fix() {
		return this.fix;
	}

}
