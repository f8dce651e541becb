package io.github.agentresilience.chaos;

/**
 * A fault cannot be injected as it was described; nothing has been changed.
 */
public class InvalidFaultException extends IllegalArgumentException {

	private final String field;

	public InvalidFaultException(String field, String problem) {
		super("'" + field + "' " + problem);
		this.field = field;
	}

	/** The field that is wrong, by its name in the actuator's JSON. */
	public String field() {
		return this.field;
	}

}
