package io.github.agentresilience.sample.scenario;

import java.util.List;
import java.util.Map;

import io.github.agentresilience.chain.Layer;

/**
 * One scenario: what is broken, on which leg.
 *
 * @param name for people
 * @param layer the leg that is measured
 * @param fault for people
 * @param faults bodies for the chaos endpoint
 */
record Scenario(String name, Layer layer, String fault, List<Map<String, Object>> faults) {

	/** Clean first on each leg, so that the others have something to be compared with. */
	static final List<Scenario> ALL = List.of(new Scenario("clean baseline", Layer.LLM, "none", List.of()),
			new Scenario("burst of 503", Layer.LLM, "burst on gateway-8b",
					List.of(Map.of("fault", "burst", "layer", "llm", "target", "gateway-8b"))),
			new Scenario("gateway brownout", Layer.LLM, "60 % fail on both gateway targets",
					List.of(Map.of("fault", "random", "layer", "llm", "target", "gateway-8b", "rate", 0.6),
							Map.of("fault", "random", "layer", "llm", "target", "gateway-70b", "rate", 0.6))),
			new Scenario("clean baseline", Layer.MCP, "none", List.of()),
			new Scenario("primary errors out", Layer.MCP, "every call 503 on mcp-primary",
					List.of(Map.of("fault", "random", "layer", "mcp", "target", "mcp-primary", "rate", 1))),
			new Scenario("primary browns out", Layer.MCP, "2 s latency on mcp-primary",
					List.of(Map.of("fault", "brownout", "layer", "mcp", "target", "mcp-primary", "latency", "2s"))));

	boolean isClean() {
		return this.faults.isEmpty();
	}

	/** A question that needs the leg: one completion, or two completions with a tool call in between. */
	String question(int number) {
		return (this.layer == Layer.LLM) ? "Say something about resilience, number " + number
				: "Search the docs for circuit breaker and retry";
	}

}
