package io.github.agentresilience.sample.operator;

import java.util.List;
import java.util.Map;

import io.github.agentresilience.chain.Layer;

/**
 * What the sample reads of the answer of {@code /actuator/scorecard}. Durations are
 * milliseconds; what cannot be said yet is {@code null}.
 */
public record ScorecardAnswer(Figures llm, Figures mcp, History history) {

	/** The figures of one layer. */
	public Figures of(Layer layer) {
		return (layer == Layer.LLM) ? this.llm : this.mcp;
	}

	/** The figures of one layer. */
	public record Figures(Summary summary, Map<String, Target> targets) {

		/** On all targets. */
		public long attempts() {
			return this.targets.values().stream().mapToLong(Target::attempts).sum();
		}

	}

	/**
	 * All calls of one layer.
	 *
	 * @param toolErrors only MCP has them
	 * @param unacceptable only models have them
	 * @param streamRestarts only models have them
	 */
	public record Summary(long calls, long succeeded, long failed, Double successRate, Long toolErrors,
			Long unacceptable, Long streamRestarts, long fallbacks, Double fallbackRate, Double p50Ms, Double p95Ms,
			Double p99Ms, long incidents, boolean openIncident, Double mttrMs) {

		/** Answers of tools that are errors. */
		public long failedTools() {
			return (this.toolErrors != null) ? this.toolErrors : 0;
		}

	}

	/**
	 * The attempts on one target.
	 *
	 * @param failedByKind {@code null} where none failed
	 */
	public record Target(String breaker, long attempts, long failed, long skipped, long served, long outages,
			Map<String, Long> failedByKind) {

		/** Both of them; the kinds of failures are left out. */
		public Target plus(Target other) {
			return new Target(other.breaker, this.attempts + other.attempts, this.failed + other.failed,
					this.skipped + other.skipped, this.served + other.served, this.outages + other.outages, null);
		}

	}

	/** What happened, in its order. */
	public record History(List<Event> events) {
	}

	/**
	 * Something that happened.
	 *
	 * @param subject of a breaker its target
	 * @param from the breaker's state before
	 * @param state the breaker's state after
	 */
	public record Event(String layer, String type, String subject, String from, String state) {
	}

}
