package io.github.agentresilience.observation.internal;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Map;

import io.github.agentresilience.chain.Attempt;
import io.github.agentresilience.chain.Call;
import io.github.agentresilience.chain.Failure;
import io.github.agentresilience.chain.FailureKind;
import io.github.agentresilience.chain.Layer;
import io.micrometer.common.KeyValue;
import io.micrometer.common.KeyValues;

/**
 * What spans say beyond the tags of timers, named as OpenTelemetry's semantic conventions
 * for GenAI, MCP and HTTP name it where they do. None of it holds a prompt, an answer or
 * a key.
 *
 * @see <a href="https://opentelemetry.io/docs/specs/semconv/gen-ai/">Semantic conventions
 * for GenAI and MCP</a>
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

	private static final String REASON = "resilience.failure.reason";

	private static final String COST = "resilience.attempt.cost";

	/** What the conventions for MCP call an answer that says {@code isError}. */
	private static final String TOOL_ERROR = "tool_error";

	/** Of a first attempt, which waits for nothing and is no hedge. */
	private static final KeyValues OTHER = KeyValues.of(ORDINAL, "1", BACKOFF, "0");

	private static final KeyValues CHAT = OTHER.and(OPERATION, "chat");

	private static final KeyValues TOOL = OTHER.and(OPERATION, "execute_tool", MCP_METHOD, "tools/call");

	private SpanAttributes() {
	}

	static KeyValues atStart(Attempt attempt) {
		KeyValues operation = operation(attempt.call());
		if (attempt.ordinal() == 1 && attempt.delayNanos() == 0 && !attempt.isHedge()) {
			return operation;
		}
		KeyValues all = operation.and(ORDINAL, String.valueOf(attempt.ordinal()), BACKOFF,
				String.valueOf(attempt.delayNanos() / 1_000_000));
		return attempt.isHedge() ? all.and(HEDGE, "true") : all;
	}

	private static KeyValues operation(Call call) {
		if (call.layer() == Layer.LLM) {
			return CHAT;
		}
		// On the MCP layer all that is scored is a tools/call
		return (call.isScored() || call.isSynthetic()) ? TOOL : OTHER;
	}

	static KeyValues ofDetails(Attempt attempt) {
		Map<String, String> details = attempt.details();
		Double cost = attempt.cost();
		KeyValue[] all = new KeyValue[details.size() + ((cost != null) ? 1 : 0)];
		int next = 0;
		if (cost != null) {
			// Twelve places are a millionth of what a token at one per million costs
			all[next++] = KeyValue.of(COST,
					BigDecimal.valueOf(cost).setScale(12, RoundingMode.HALF_UP).stripTrailingZeros().toPlainString());
		}
		for (Map.Entry<String, String> detail : details.entrySet()) {
			all[next++] = KeyValue.of(detail.getKey(), detail.getValue());
		}
		return KeyValues.of(all);
	}

	static KeyValues ofFailure(Failure failure) {
		KeyValues all = KeyValues.of(ERROR, (failure.kind() == FailureKind.TOOL) ? TOOL_ERROR : failure.kind().id());
		if (failure.reason() != null) {
			all = all.and(REASON, failure.reason());
		}
		if (failure.status() != 0) {
			all = all.and((failure.status() > 0) ? STATUS : RPC_STATUS, String.valueOf(failure.status()));
		}
		return all;
	}

}
