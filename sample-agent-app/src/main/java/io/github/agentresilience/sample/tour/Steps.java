package io.github.agentresilience.sample.tour;

import java.time.Duration;
import java.util.List;
import java.util.Map;

import io.github.agentresilience.chain.Layer;

/**
 * The steps of the tour.
 */
final class Steps {

	private static final String PRIMARY = "gateway-8b";

	private static final String SECONDARY = "gateway-70b";

	private static final String RAW = "raw-groq-8b";

	private static final String THINKER = "reasoner";

	/** Longer than a presenter talks. */
	private static final String TTL = "30m";

	private static final List<Question> MIXED = List.of(Question.TALK, Question.SEARCH);

	private Steps() {
	}

	/**
	 * All of them, in their order.
	 * @param timeout how long an attempt may take
	 */
	static List<Step> all(Duration timeout) {
		return List.of(healthy(), primaryFails(), primaryIsBack(), brownout(timeout), cutStreams(), mcpServerFails(),
				gatewayIsGone(), allIsWell());
	}

	private static Step healthy() {
		return new Step("All is well", "Nothing is broken.",
				"all breakers are closed, the fallback rate is 0, " + PRIMARY + " and mcp-primary serve.", Layer.LLM,
				false, List.of(), MIXED, List.of(Claim.allAnswered(), Claim.servesNearlyAll(Layer.LLM, PRIMARY),
						Claim.servesNearlyAll(Layer.MCP, "mcp-primary")));
	}

	private static Step primaryFails() {
		return new Step("The primary model fails", PRIMARY + " answers every attempt with 503.",
				SECONDARY + " serves. After a few failed attempts the breaker of " + PRIMARY
						+ " opens: from then on no call waits for it.",
				Layer.LLM, false, List.of(fault("random", "llm", PRIMARY, "rate", 1)), MIXED,
				List.of(Claim.allAnswered(), Claim.served(SECONDARY, 10), Claim.opened(PRIMARY),
						Claim.hasMttr(Layer.LLM)));
	}

	private static Step primaryIsBack() {
		return new Step("The primary is back", "The fault is removed. Nothing else is done.",
				"once its breaker has been open for its time, two calls try " + PRIMARY
						+ ". Both succeed, so the breaker closes.",
				Layer.LLM, true, List.of(), MIXED,
				List.of(Claim.allAnswered(), new Claim("the breaker of " + PRIMARY + " goes from half-open to closed",
						(seen) -> seen.hasMoved(PRIMARY, "HALF_OPEN", "CLOSED")), Claim.served(PRIMARY, 10)));
	}

	private static Step brownout(Duration timeout) {
		long limit = timeout.toMillis();
		return new Step("A brownout",
				PRIMARY + " and " + THINKER + " take 30 s. Attempts end after " + limit + " ms; those on " + THINKER
						+ " are hedged after 300 ms.",
				"failures of the kind silent on " + PRIMARY + ". The first calls wait for the timeout, calls of "
						+ THINKER + " for the hedge only, which is no failure.",
				Layer.LLM, false,
				List.of(fault("brownout", "llm", PRIMARY, "latency", "30s"),
						fault("brownout", "llm", THINKER, "latency", "30s")),
				List.of(Question.TALK, Question.RIDDLE),
				List.of(Claim.allAnswered(),
						new Claim("attempts on " + PRIMARY + " end with the timeout, and " + SECONDARY + " answers",
								(seen) -> seen.failedAs(PRIMARY, "silent") > 0
										&& seen.any((answered) -> answered.question() == Question.TALK
												&& answered.millis() >= limit && answered.target().equals(SECONDARY))),
						new Claim("a hedge answers before the timeout",
								(seen) -> seen.any((answered) -> answered.question() == Question.RIDDLE
										&& answered.millis() < limit && answered.target().equals(SECONDARY)))));
	}

	private static Step cutStreams() {
		return new Step("Streams break off", "Each stream of " + PRIMARY + " is cut after three chunks.",
				"streams begun anew, among the figures of LLM. Ask for a story in the chat: what was shown is struck out, and "
						+ SECONDARY + " begins the answer anew.",
				Layer.LLM, false, List.of(fault("stream-cut", "llm", PRIMARY, "afterChunks", 3)),
				List.of(Question.STORY),
				List.of(Claim.allAnswered(),
						new Claim("a stream breaks and is begun anew",
								(seen) -> seen.summary(Layer.LLM).streamRestarts() > 0
										&& seen.any((answered) -> answered.restarted() && answered.right())),
						Claim.served(SECONDARY, 1)));
	}

	private static Step mcpServerFails() {
		return new Step("An MCP server fails", "mcp-primary answers every call of a tool with 503.",
				"the figures of MCP: mcp-fallback serves the same tools. The models notice nothing.", Layer.MCP, false,
				List.of(fault("random", "mcp", "mcp-primary", "rate", 1)), List.of(Question.SEARCH),
				List.of(Claim.allAnswered(), Claim.served("mcp-fallback", 10), Claim.opened("mcp-primary"),
						Claim.hasMttr(Layer.MCP)));
	}

	private static Step gatewayIsGone() {
		return new Step("The gateway is gone", "Connections to both models of the gateway are reset.",
				RAW + " serves, which is another provider with a key of its own.", Layer.LLM, false,
				List.of(fault("reset", "llm", PRIMARY, "afterChunks", 0),
						fault("reset", "llm", SECONDARY, "afterChunks", 0)),
				MIXED, List.of(Claim.allAnswered(), Claim.served(RAW, 10), Claim.opened(PRIMARY),
						Claim.opened(SECONDARY), Claim.hasMttr(Layer.LLM)));
	}

	private static Step allIsWell() {
		return new Step("All faults are removed", "Nothing is broken any more, and nothing else is done.",
				PRIMARY + " serves again. " + SECONDARY + " is asked when it is needed, and its breaker closes then.",
				Layer.LLM, true, List.of(), MIXED,
				List.of(Claim.allAnswered(), new Claim("no fault is active", (seen) -> seen.faults().isEmpty()),
						new Claim("the breaker of " + PRIMARY + " is closed",
								(seen) -> seen.target(PRIMARY).breaker().equals("CLOSED")),
						Claim.served(PRIMARY, 10)));
	}

	private static Map<String, Object> fault(String kind, String layer, String target, String field, Object value) {
		return Map.of("fault", kind, "layer", layer, "target", target, field, value, "ttl", TTL);
	}

}
