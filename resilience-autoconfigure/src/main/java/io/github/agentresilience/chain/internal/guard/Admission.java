package io.github.agentresilience.chain.internal.guard;

import io.github.agentresilience.chain.SkippedTarget;

/**
 * What came of asking a {@link GuardedTarget} to let an attempt through: a
 * {@link Permit}, or what stands against it.
 */
public sealed interface Admission permits Permit, Admission.Refused {

	/** Why there is none. */
	enum Refused implements Admission {

		BREAKER(SkippedTarget.Reason.BREAKER_OPEN),

		LIMITED(SkippedTarget.Reason.LIMITED),

		SATURATED(SkippedTarget.Reason.SATURATED);

		private final SkippedTarget.Reason reason;

		Refused(SkippedTarget.Reason reason) {
			this.reason = reason;
		}

		/** As which the target is skipped. */
		public SkippedTarget.Reason reason() {
			return this.reason;
		}

		/** Whether it is a limit, which passes by itself. */
		public boolean isLimit() {
			return this != BREAKER;
		}

	}

}
