package io.github.agentresilience.sample.scenario;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;
import java.util.function.ToIntFunction;

import io.github.agentresilience.chain.Layer;

/**
 * One scenario: what is broken, on which layer.
 *
 * @param name for people
 * @param layer the layer that is measured
 * @param fault for people
 * @param faults bodies for the chaos endpoint
 * @param asked what is asked, by its number
 */
record Scenario(String name, Layer layer, String fault, List<Map<String, Object>> faults, IntFunction<Question> asked) {

	private static final String CLEAN = "clean baseline";

	private static final IntFunction<Question> SEARCHES = (number) -> Question.searches(2);

	/** For this one the embedded model has to die when it is told to. */
	static final Scenario MIDDLE_OF_TURN = new Scenario("primary dies mid-turn", Layer.LLM,
			"reasoner dies after tool 1, 2 or 3", List.of(), Question::turn);

	/**
	 * Clean first on each layer, so that the others have something to be compared with.
	 */
	static final List<Scenario> ALL = List.of(new Scenario(CLEAN, Layer.LLM, "none", List.of(), Question::completion),
			new Scenario("burst of 503", Layer.LLM, "burst on gateway-8b",
					List.of(Map.of("fault", "burst", "layer", "llm", "target", "gateway-8b")), Question::completion),
			new Scenario("gateway brownout", Layer.LLM, "60 % fail on both gateway targets",
					List.of(Map.of("fault", "random", "layer", "llm", "target", "gateway-8b", "rate", 0.6),
							Map.of("fault", "random", "layer", "llm", "target", "gateway-70b", "rate", 0.6)),
					Question::completion),
			new Scenario(CLEAN, Layer.MCP, "none", List.of(), SEARCHES),
			new Scenario("primary errors out", Layer.MCP, "every call 503 on mcp-primary",
					List.of(Map.of("fault", "random", "layer", "mcp", "target", "mcp-primary", "rate", 1)), SEARCHES),
			new Scenario("primary browns out", Layer.MCP, "2 s latency on mcp-primary",
					List.of(Map.of("fault", "brownout", "layer", "mcp", "target", "mcp-primary", "latency", "2s")),
					SEARCHES),
			MIDDLE_OF_TURN,
			new Scenario("primary answers nonsense", Layer.LLM, "malformed, empty, cut on gateway-8b",
					List.of(Map.of("fault", "malformed", "layer", "llm", "target", "gateway-8b", "count", 2),
							Map.of("fault", "empty", "layer", "llm", "target", "gateway-8b", "count", 2),
							Map.of("fault", "truncated", "layer", "llm", "target", "gateway-8b")),
					Question::mixed));

	boolean isClean() {
		return this.name.equals(CLEAN);
	}

	/** Whether only the embedded servers can be broken like that. */
	boolean needsEmbeddedWorld() {
		return this == MIDDLE_OF_TURN;
	}

	/** Questions that come to a number of calls on the layer, or to a few more. */
	List<Question> questions(int calls) {
		ToIntFunction<Question> each = (this.layer == Layer.LLM) ? Question::modelCalls : Question::toolCalls;
		List<Question> questions = new ArrayList<>();
		int sum = 0;
		while (sum < calls) {
			Question next = this.asked.apply(questions.size());
			questions.add(next);
			sum += each.applyAsInt(next);
		}
		return questions;
	}

}
