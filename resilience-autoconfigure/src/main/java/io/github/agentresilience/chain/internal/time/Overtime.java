package io.github.agentresilience.chain.internal.time;

/**
 * What becomes of an attempt that has had its own time while the call has more. A slow
 * target is better than no answer, so an attempt is given up only where somebody else can
 * be asked.
 */
public enum Overtime {

	/** It is given up: another target is asked, or the same one again. */
	TIME_OUT,

	/** It is the last that can be made, so it has what is left of the deadline. */
	GO_ON,

	/** It goes on, and the retry that is left runs beside it. */
	GO_ON_WITH_BACKUP,

	/** Another attempt of the call is ending just now, and what that comes to decides. */
	ASK_AGAIN

}
