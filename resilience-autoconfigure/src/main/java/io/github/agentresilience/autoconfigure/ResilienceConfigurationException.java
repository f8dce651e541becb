package io.github.agentresilience.autoconfigure;

/**
 * A property is wrong, and the application cannot start with it.
 */
public class ResilienceConfigurationException extends RuntimeException {

	private final String property;

	private final String problem;

	private final String mend;

	public ResilienceConfigurationException(String property, String problem, String mend) {
		super("The property '" + property + "' " + problem);
		this.property = property;
		this.problem = problem;
		this.mend = mend;
	}

	public String property() {
		return this.property;
	}

	public String problem() {
		return this.problem;
	}

	/** What to do about it. */
	public String mend() {
		return this.mend;
	}

}
