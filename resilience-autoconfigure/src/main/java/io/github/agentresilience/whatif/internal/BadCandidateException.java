package io.github.agentresilience.whatif.internal;

/**
 * What was given as a policy is none.
 */
@SuppressWarnings("serial") // Becomes an answer
public final class BadCandidateException extends RuntimeException {

	private final String field;

	private final String problem;

	/**
	 * @param field the property that is wrong, or what holds all of them
	 * @param problem what is wrong with it and what to do about that, without its value
	 */
	public BadCandidateException(String field, String problem) {
		super("'" + field + "' " + problem);
		this.field = field;
		this.problem = problem;
	}

	public String field() {
		return this.field;
	}

	public String problem() {
		return this.problem;
	}

}
