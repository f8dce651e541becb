package io.github.agentresilience.chain;

/**
 * Stands for what a target's client threw, in exceptions that an application prints: with its status, its stack trace
 * and the chain's own words for it. The client's words are left out, because they are the provider's, which may repeat
 * the prompt.
 */
public final class AttemptFailureException extends TargetFailureException {

	private final transient Throwable original;

	private AttemptFailureException(Failure failure) {
		super(failure.status(), failure.message(), failure.retryAfter());
		this.original = failure.cause();
		setStackTrace(this.original.getStackTrace());
	}

	/** The cause of a failure, or what stands for it where its words are another's. */
	static Throwable of(Failure failure) {
		Throwable cause = failure.cause();
		boolean own = cause instanceof AttemptTimeoutException
				|| (cause instanceof TargetFailureException && cause.getCause() == null);
		return own ? cause : new AttemptFailureException(failure);
	}

	/**
	 * What was thrown. Its message is the provider's, and nothing to be logged where the prompt must not be.
	 */
	public Throwable original() {
		return this.original;
	}

}
