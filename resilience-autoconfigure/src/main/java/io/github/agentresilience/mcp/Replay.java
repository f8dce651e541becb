package io.github.agentresilience.mcp;

/**
 * Whether a tool is called again after an attempt that may have run.
 */
public enum Replay {

	/** As the tool's annotations allow; one without annotations is called again. */
	ANNOTATED,

	/** It is called again whatever its annotations say. */
	ALWAYS,

	/** It is never called again. */
	NEVER

}
