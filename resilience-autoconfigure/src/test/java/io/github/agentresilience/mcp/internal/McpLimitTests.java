package io.github.agentresilience.mcp.internal;

import java.util.Map;

import io.github.agentresilience.chain.Layer;
import io.github.agentresilience.chain.internal.engine.ChainRegistry;
import io.github.agentresilience.chain.internal.guard.GuardedTarget;
import io.github.agentresilience.scorecard.internal.Scorecard;
import io.modelcontextprotocol.client.McpSyncClient;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A server is not asked for more than its limits allow.
 */
class McpLimitTests extends McpFixture {

	@Test
	void oneOverItsRequestsAMinuteIsPassedOverWhichIsNoFailure() {
		McpSyncClient client = client("resilience.mcp.connections.first.limits.requests-per-minute=2");
		assertThat(text(call(client))).isEqualTo("one: search of x");
		assertThat(text(call(client))).isEqualTo("one: search of x");
		assertThat(text(call(client))).isEqualTo("two: search of x");
		assertThat(this.context.getBean(Scorecard.class)
			.snapshot()
			.layers()
			.get(Layer.MCP)
			.targets()
			.get("first")
			.skippedFor()).containsExactly(Map.entry("limited", 1L));
		assertThat(summary().incidents()).isZero();
	}

	@Test
	void oneMayFindOutHowManyCallsAtOnceItTakes() {
		McpSyncClient client = client("resilience.mcp.connections.first.limits.concurrency=adaptive");
		assertThat(text(call(client))).isEqualTo("one: search of x");
		GuardedTarget<?, ?> first = this.context.getBean(ChainRegistry.class)
			.targets(Layer.MCP)
			.stream()
			.filter((target) -> target.name().equals("first"))
			.findFirst()
			.orElseThrow();
		assertThat(first.limits()).isNotNull();
		assertThat(first.limits().policy().isAdaptive()).isTrue();
		assertThat(first.limits().concurrency()).isEqualTo(10);
		assertThat(first.limits().inFlight()).isZero();
	}

}
