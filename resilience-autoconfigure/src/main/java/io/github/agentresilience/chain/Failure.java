package io.github.agentresilience.chain;

import java.time.Duration;

import org.jspecify.annotations.Nullable;

/**
 * A classified failure. Inside the chain a failure is a value; it becomes an exception
 * only at the chain's edge.
 *
 * @param kind what it means for the rest of the call
 * @param status the HTTP status or JSON-RPC code, 0 where there is none
 * @param retryAfter how long the target asks not to be called, or {@code null}
 * @param countsForBreaker whether it speaks against the target's health
 * @param reason what is behind it in the field's terms, such as {@code context-length} or
 * {@code quota}; {@code null} where the status says it all
 * @param unclear whether a refusal may be the target's as well as the caller's, so that
 * one other target is asked
 * @param message one short line for people, free of secrets and prompts
 * @param cause what was thrown
 */
public record Failure(FailureKind kind, int status, @Nullable Duration retryAfter, boolean countsForBreaker,
		@Nullable String reason, boolean unclear, String message, Throwable cause) {

	private static final int LONGEST_MESSAGE = 200;

	public Failure {
		message = message.length() > LONGEST_MESSAGE ? message.substring(0, LONGEST_MESSAGE) + "..." : message;
	}

	public static Failure ofTransient(int status, String message, Throwable cause) {
		return new Failure(FailureKind.TRANSIENT, status, null, true, null, false, message, cause);
	}

	public static Failure silent(String message, Throwable cause) {
		return new Failure(FailureKind.SILENT, 0, null, true, null, false, message, cause);
	}

	/**
	 * A failure of this target for this call.
	 * @param counts whether the breaker hears of it: it does for refused credentials and
	 * missing endpoints, it does not where a healthy target merely cannot take this one
	 * request
	 */
	public static Failure ofTarget(int status, boolean counts, String message, Throwable cause) {
		return new Failure(FailureKind.TARGET, status, null, counts, null, false, message, cause);
	}

	public static Failure caller(int status, String message, Throwable cause) {
		return new Failure(FailureKind.CALLER, status, null, false, null, false, message, cause);
	}

	/**
	 * A refusal in unknown words: one other target is asked. Where that one answers, the
	 * refusal was the target's; where it refuses in kind, the caller's.
	 */
	public static Failure unclearRefusal(int status, String message, Throwable cause) {
		return new Failure(FailureKind.CALLER, status, null, false, null, true, message, cause);
	}

	public static Failure tool(String message, Throwable cause) {
		return new Failure(FailureKind.TOOL, 0, null, true, null, false, message, cause);
	}

	/**
	 * An answer that the chain does not accept.
	 * @param why the reason, such as {@code length}
	 */
	public static Failure unacceptable(String why, String message) {
		return new Failure(FailureKind.UNACCEPTABLE, 0, null, true, why, false, message,
				new TargetFailureException(0, message, (Throwable) null));
	}

	public static Failure cancelled(Throwable cause) {
		return new Failure(FailureKind.CANCELLED, 0, null, false, null, false, "cancelled by the caller", cause);
	}

	public Failure withRetryAfter(@Nullable Duration wait) {
		return new Failure(this.kind, this.status, wait, this.countsForBreaker, this.reason, this.unclear, this.message,
				this.cause);
	}

	/** The same failure with what is behind it, in the field's terms. */
	public Failure withReason(@Nullable String why) {
		return new Failure(this.kind, this.status, this.retryAfter, this.countsForBreaker, why, this.unclear,
				this.message, this.cause);
	}

	/**
	 * The same refusal, now that another target has taken the request: this target's, and
	 * no sign of ill health.
	 */
	public Failure asTargets() {
		return new Failure(FailureKind.TARGET, this.status, this.retryAfter, false, this.reason, false, this.message,
				this.cause);
	}

	public Failure withoutBreaker() {
		return new Failure(this.kind, this.status, this.retryAfter, false, this.reason, this.unclear, this.message,
				this.cause);
	}

}
