package io.github.agentresilience.chain;

import org.jspecify.annotations.Nullable;

/**
 * The caller's thread was interrupted while the call was under way. The thread's
 * interrupt status is set again.
 */
public class CallCancelledException extends RuntimeException {

	public CallCancelledException(@Nullable Throwable cause) {
		super("The call was interrupted", cause);
	}

}
