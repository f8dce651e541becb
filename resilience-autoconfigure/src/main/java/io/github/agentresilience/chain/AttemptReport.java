package io.github.agentresilience.chain;

import java.io.Serializable;
import java.time.Duration;

import org.jspecify.annotations.Nullable;

/**
 * One failed attempt in the history of an exhausted call.
 *
 * @param target whom it asked
 * @param kind how it failed
 * @param status the HTTP status or JSON-RPC code, 0 where there is none
 * @param reason what is behind it in the field's terms, such as {@code context-length};
 * {@code null} where the status says it all
 * @param duration from asking to failing
 */
public record AttemptReport(String target, FailureKind kind, int status, @Nullable String reason,
		Duration duration) implements Serializable {

	@Override
	public String toString() {
		return this.target + " " + this.kind.id() + (this.status != 0 ? " " + this.status : "")
				+ (this.reason != null ? " " + this.reason : "") + " after " + this.duration.toMillis() + " ms";
	}

}
