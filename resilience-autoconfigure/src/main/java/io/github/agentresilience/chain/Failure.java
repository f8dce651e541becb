package io.github.agentresilience.chain;

import java.time.Duration;

import org.jspecify.annotations.Nullable;

/**
 * A classified failure. Inside the chain a failure is a value; it becomes an exception only at the chain's edge.
 *
 * @param kind what it means for the rest of the call
 * @param status the HTTP status or JSON-RPC code, 0 where there is none
 * @param retryAfter how long the target asked to be left alone, or {@code null}
 * @param countsForBreaker whether it speaks against the target's health
 * @param message one short line for people, free of secrets and prompts
 * @param cause what was thrown
 */
public record Failure(FailureKind kind, int status, @Nullable Duration retryAfter, boolean countsForBreaker,
		String message, Throwable cause) {

	private static final int LONGEST_MESSAGE = 200;

	public Failure {
		message = message.length() > LONGEST_MESSAGE ? message.substring(0, LONGEST_MESSAGE) + "..." : message;
	}

	public static Failure ofTransient(int status, String message, Throwable cause) {
		return new Failure(FailureKind.TRANSIENT, status, null, true, message, cause);
	}

	public static Failure silent(String message, Throwable cause) {
		return new Failure(FailureKind.SILENT, 0, null, true, message, cause);
	}

	/**
	 * A failure of this target for this call.
	 * @param counts whether the breaker hears of it: it does for refused credentials and missing endpoints, it does
	 * not where a healthy target merely cannot take this one request
	 */
	public static Failure ofTarget(int status, boolean counts, String message, Throwable cause) {
		return new Failure(FailureKind.TARGET, status, null, counts, message, cause);
	}

	public static Failure caller(int status, String message, Throwable cause) {
		return new Failure(FailureKind.CALLER, status, null, false, message, cause);
	}

	public static Failure tool(String message, Throwable cause) {
		return new Failure(FailureKind.TOOL, 0, null, true, message, cause);
	}

	public static Failure cancelled(Throwable cause) {
		return new Failure(FailureKind.CANCELLED, 0, null, false, "cancelled by the caller", cause);
	}

	public Failure withRetryAfter(@Nullable Duration wait) {
		return new Failure(this.kind, this.status, wait, this.countsForBreaker, this.message, this.cause);
	}

	Failure withoutBreaker() {
		return new Failure(this.kind, this.status, this.retryAfter, false, this.message, this.cause);
	}

}
