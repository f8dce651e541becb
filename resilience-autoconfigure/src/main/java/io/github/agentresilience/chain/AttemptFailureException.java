package io.github.agentresilience.chain;

import org.jspecify.annotations.Nullable;

/**
 * Stands for what a target's client threw, in exceptions that an application prints: with
 * its status, its stack trace and the chain's own words for it. The client's words are
 * left out, because they are the provider's, which may repeat the prompt.
 */
public final class AttemptFailureException extends TargetFailureException {

	/**
	 * Does not travel with a serialised exception: a client's exceptions may hold what
	 * cannot be serialised.
	 */
	private final transient @Nullable Throwable original;

	private AttemptFailureException(Failure failure) {
		super(failure.status(), failure.message(), failure.retryAfter());
		this.original = failure.cause();
		setStackTrace(failure.cause().getStackTrace());
	}

	/** The cause of a failure, or what stands for it where its words are another's. */
	public static Throwable of(Failure failure) {
		Throwable cause = failure.cause();
		boolean own = cause instanceof AttemptTimeoutException
				|| (cause instanceof TargetFailureException && cause.getCause() == null);
		return own ? cause : new AttemptFailureException(failure);
	}

	/**
	 * What was thrown. Its message is the provider's, and nothing to be logged where the
	 * prompt must not be.
	 * @return {@code null} in an exception that has been serialised
	 */
	public @Nullable Throwable original() {
		return this.original;
	}

}
