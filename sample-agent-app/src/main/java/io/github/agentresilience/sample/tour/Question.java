package io.github.agentresilience.sample.tour;

import io.github.agentresilience.sample.Agent;

/**
 * What the tour asks of the agent.
 */
enum Question {

	/** One completion. */
	TALK("Are you there?", Agent.DEFAULT_CHAIN, false, "you said: Are you there?"),

	/** A completion, a tool, a completion. */
	SEARCH("Search the docs for circuit breaker.", Agent.DEFAULT_CHAIN, false, "A circuit breaker stops asking"),

	/** One completion as a stream. */
	STORY("Tell me a story.", Agent.DEFAULT_CHAIN, true, "you said: Tell me a story."),

	/** One completion of the model that thinks. */
	RIDDLE("What has keys but no locks?", "reasoning", false, "you said: What has keys but no locks?");

	private final String text;

	private final String chain;

	private final boolean streams;

	private final String expected;

	Question(String text, String chain, boolean streams, String expected) {
		this.text = text;
		this.chain = chain;
		this.streams = streams;
		this.expected = expected;
	}

	String text() {
		return this.text;
	}

	String chain() {
		return this.chain;
	}

	boolean streams() {
		return this.streams;
	}

	/** Whether an answer has what it needs, once. */
	boolean isAnsweredBy(String answer) {
		int at = answer.indexOf(this.expected);
		return at >= 0 && at == answer.lastIndexOf(this.expected);
	}

}
