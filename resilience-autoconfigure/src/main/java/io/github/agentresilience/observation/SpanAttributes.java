package io.github.agentresilience.observation;

import io.github.agentresilience.chain.Attempt;
import io.github.agentresilience.chain.Failure;
import io.github.agentresilience.chain.FailureKind;
import io.github.agentresilience.chain.Layer;
import io.micrometer.observation.Observation;

/**
 * What spans say beyond the tags of timers, named as OpenTelemetry's semantic conventions for GenAI, MCP and HTTP name
 * it where they do. None of it holds a prompt, an answer or a key.
 *
 * @see <a href="https://opentelemetry.io/docs/specs/semconv/gen-ai/">Semantic conventions for GenAI and MCP</a>
 */
final class SpanAttributes {

	private static final String OPERATION = "gen_ai.operation.name";

	private static final String MCP_METHOD = "mcp.method.name";

	private static final String ORDINAL = "resilience.attempt.ordinal";

	private static final String BACKOFF = "resilience.attempt.backoff_ms";

	private static final String HEDGE = "resilience.attempt.hedge";

	private static final String STATUS = "http.response.status_code";

	private static final String RPC_STATUS = "rpc.response.status_code";

	private static final String ERROR = "error.type";

	/** What the conventions for MCP call an answer that says {@code isError}. */
	private static final String TOOL_ERROR = "tool_error";

	private SpanAttributes() {
	}

	static void atStart(Observation observation, Attempt attempt) {
		if (attempt.call().layer() == Layer.LLM) {
			observation.highCardinalityKeyValue(OPERATION, "chat");
		}
		else if (attempt.call().isScored() || attempt.call().isSynthetic()) {
			// On this leg all that is scored is a tools/call
			observation.highCardinalityKeyValue(OPERATION, "execute_tool").highCardinalityKeyValue(MCP_METHOD, "tools/call");
		}
		observation.highCardinalityKeyValue(ORDINAL, String.valueOf(attempt.ordinal()))
			.highCardinalityKeyValue(BACKOFF, String.valueOf(attempt.delayNanos() / 1_000_000));
		if (attempt.isHedge()) {
			observation.highCardinalityKeyValue(HEDGE, "true");
		}
	}

	static void ofFailure(Observation observation, Failure failure) {
		observation.highCardinalityKeyValue(ERROR,
				(failure.kind() == FailureKind.TOOL) ? TOOL_ERROR : failure.kind().id());
		if (failure.status() > 0) {
			observation.highCardinalityKeyValue(STATUS, String.valueOf(failure.status()));
		}
		else if (failure.status() < 0) {
			observation.highCardinalityKeyValue(RPC_STATUS, String.valueOf(failure.status()));
		}
	}

}
