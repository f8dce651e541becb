package io.github.agentresilience.chain;

import java.time.Duration;

import org.jspecify.annotations.Nullable;

/**
 * A target's refusal that carries its HTTP status, for targets whose own client throws
 * nothing as precise, and for injected faults. Classifiers treat it like the status
 * itself.
 */
public class TargetFailureException extends RuntimeException {

	private final int status;

	private final @Nullable Duration retryAfter;

	public TargetFailureException(int status, String message, @Nullable Duration retryAfter) {
		super(message);
		this.status = status;
		this.retryAfter = retryAfter;
	}

	public TargetFailureException(int status, String message, @Nullable Throwable cause) {
		super(message, cause);
		this.status = status;
		this.retryAfter = null;
	}

	/**
	 * The HTTP status.
	 * @return 0 where the failure has none, such as an unreadable answer
	 */
	public int status() {
		return this.status;
	}

	public @Nullable Duration retryAfter() {
		return this.retryAfter;
	}

}
