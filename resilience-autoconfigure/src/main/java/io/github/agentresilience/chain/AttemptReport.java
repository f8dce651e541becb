package io.github.agentresilience.chain;

import java.time.Duration;

/**
 * One failed attempt in the history of an exhausted call.
 *
 * @param target whom it asked
 * @param kind how it failed
 * @param status the HTTP status or JSON-RPC code, 0 where there is none
 * @param duration from asking to failing
 */
public record AttemptReport(String target, FailureKind kind, int status, Duration duration) {

	@Override
	public String toString() {
		return this.target + " " + this.kind.id() + (this.status != 0 ? " " + this.status : "") + " after "
				+ this.duration.toMillis() + " ms";
	}

}
