package io.github.agentresilience.chain;

/**
 * What can be wrong with a target's server that only its layer knows how to play, for
 * injected faults.
 */
public enum ServerFault {

	/** The model answers nonsense. */
	MALFORMED_ANSWER,

	/** The answer says nothing. */
	EMPTY_ANSWER,

	/** The answer ends at its token limit. */
	TRUNCATED_ANSWER,

	/** The key has expired. */
	CREDENTIALS_EXPIRED,

	/** A conversation that another target began is refused. */
	HISTORY_REFUSED,

	/** The session is not known any longer. */
	SESSION_LOST,

	/** A tool takes other arguments than before. */
	SCHEMA_CHANGED,

	/** A tool is not there any longer. */
	TOOL_GONE

}
