package io.github.agentresilience.chain;

/**
 * A target that a call passed over without asking. A skip is no failed attempt.
 *
 * @param target the target's name
 * @param reason why it was not asked
 */
public record SkippedTarget(String target, Reason reason) {

	@Override
	public String toString() {
		return this.target + " (" + this.reason.text + ")";
	}

	/** Why a target was not asked. */
	public enum Reason {

		/** Its breaker refused the call. */
		BREAKER_OPEN("breaker open"),

		/** It asked to be left alone, and that time has not passed. */
		RETRY_AFTER("asked to be left alone");

		private final String text;

		Reason(String text) {
			this.text = text;
		}

	}

}
