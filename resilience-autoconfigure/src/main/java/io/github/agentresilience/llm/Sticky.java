package io.github.agentresilience.llm;

/** How long the target that has answered is preferred, while it is healthy. */
public enum Sticky {

	/** For no longer than its answer: each call takes the order of the routing. */
	NONE,

	/** For the rest of the turn: the model calls of one tool loop. */
	TURN,

	/** For the turns of one conversation. */
	CONVERSATION

}
