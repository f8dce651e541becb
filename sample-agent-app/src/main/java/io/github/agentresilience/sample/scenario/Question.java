package io.github.agentresilience.sample.scenario;

import java.util.List;

import io.github.agentresilience.sample.Agent;

/**
 * What is asked of the agent once.
 *
 * @param text the question
 * @param chain the chain that is asked
 * @param streams whether the answer is read as it goes
 * @param answer what the embedded servers say, each of it once
 * @param modelCalls how many calls of a model it takes
 * @param toolCalls how many calls of a tool it takes
 */
record Question(String text, String chain, boolean streams, List<String> answer, int modelCalls, int toolCalls) {

	private static final String DEATH = " Who thinks dies after tool ";

	private static final List<String> TOPICS = List.of("hedging", "jitter", "deadline");

	private static final List<String> FOUND = List.of("Hedging asks a second target", "jitter keeps callers",
			"A deadline bounds the whole call");

	/** One completion. */
	static Question completion(int number) {
		String text = "Say something about resilience, number " + number + ".";
		return new Question(text, Agent.DEFAULT_CHAIN, false, List.of(text), 1, 0);
	}

	/**
	 * One tool call after the other, with a completion before each and after the last.
	 */
	static Question searches(int tools) {
		return new Question(text(tools), Agent.DEFAULT_CHAIN, false, FOUND.subList(0, tools), tools + 1, tools);
	}

	/**
	 * Three tool calls for a model that thinks, the odd ones as streams. In every third
	 * turn the model dies after one of the tools.
	 */
	static Question turn(int number) {
		String death = (number % 3 == 0) ? DEATH + (1 + (number / 6) % 3) + "." : "";
		return new Question(text(3) + death, "reasoning", number % 2 == 1, FOUND, 4, 3);
	}

	/** Two completions, then a search. */
	static Question mixed(int number) {
		return (number % 3 < 2) ? completion(number) : searches(1);
	}

	private static String text(int tools) {
		return "Search the docs for " + String.join(", then for ", TOPICS.subList(0, tools)) + ".";
	}

	/** Whether the model that begins does not live to the end. */
	boolean isCut() {
		return this.text.contains(DEATH);
	}

	/** Whether an answer has all that it needs, and nothing twice. */
	boolean isAnsweredBy(String answer) {
		return this.answer.stream()
			.allMatch((part) -> answer.contains(part) && answer.indexOf(part) == answer.lastIndexOf(part));
	}

}
