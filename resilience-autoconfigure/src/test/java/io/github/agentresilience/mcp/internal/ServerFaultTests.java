package io.github.agentresilience.mcp.internal;

import io.github.agentresilience.chain.Layer;
import io.github.agentresilience.chaos.ActiveFault;
import io.github.agentresilience.chaos.Chaos;
import io.github.agentresilience.chaos.Fault;
import io.github.agentresilience.chaos.SchemaDriftFault;
import io.github.agentresilience.chaos.SessionLossFault;
import io.github.agentresilience.chaos.StaleFault;
import io.modelcontextprotocol.client.McpAsyncClient;
import io.modelcontextprotocol.client.McpSyncClient;
import io.modelcontextprotocol.spec.McpError;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/**
 * Faults of an MCP server are met where those of a real one are.
 */
class ServerFaultTests extends McpFixture {

	private static final String ENABLED = "resilience.chaos.enabled=true";

	private ActiveFault inject(Fault fault) {
		return this.context.getBean(Chaos.class).inject(fault, Layer.MCP, "first");
	}

	private void remove(ActiveFault fault) {
		assertThat(this.context.getBean(Chaos.class).remove(fault.id())).isTrue();
	}

	@Test
	void aLostSessionIsOpenedAnewWithinTheAttempt() {
		McpSyncClient client = client(ENABLED, "resilience.mcp.timeout=15s");
		assertThat(text(call(client))).startsWith("one");
		long before = this.primary.faults().received("initialize");
		inject(new SessionLossFault(2));
		assertThat(text(call(client))).startsWith("one");
		assertThat(text(call(client))).startsWith("one");
		assertThat(this.primary.faults().received("initialize")).isEqualTo(before + 2);
		assertThat(this.primary.executions("search")).isEqualTo(3);
		assertThat(summary().failed()).isZero();
		assertThat(summary().incidents()).isZero();
		assertThat(text(call(client))).startsWith("one");
		assertThat(this.primary.faults().received("initialize")).isEqualTo(before + 2);
	}

	@Test
	void andSoItIsForAnAsynchronousClient() {
		McpAsyncClient client = async(ENABLED, "resilience.mcp.timeout=15s");
		assertThat(text(call(client, "search"))).startsWith("one");
		long before = this.primary.faults().received("initialize");
		inject(new SessionLossFault(1));
		assertThat(text(call(client, "search"))).startsWith("one");
		assertThat(this.primary.faults().received("initialize")).isEqualTo(before + 1);
		assertThat(summary().incidents()).isZero();
	}

	@Test
	void whatOneServerHasChangedOrNoLongerHasAnotherRuns() {
		McpSyncClient client = client(ENABLED, "resilience.mcp.timeout=15s");
		assertThat(text(call(client))).startsWith("one");
		for (Fault fault : new Fault[] { new SchemaDriftFault("search", null), new StaleFault(null, null) }) {
			ActiveFault active = inject(fault);
			assertThat(text(call(client))).as(fault.kind()).startsWith("two");
			remove(active);
			assertThat(text(call(client))).as(fault.kind()).startsWith("one");
		}
		ActiveFault ofAnotherTool = inject(new StaleFault("echo", null));
		assertThat(text(call(client))).startsWith("one");
		remove(ofAnotherTool);
		assertThat(breaker("first").getMetrics().getNumberOfFailedCalls()).isZero();
		assertThat(this.primary.executions("search")).isEqualTo(4);
		assertThat(this.fallback.executions("search")).isEqualTo(2);
	}

	@Test
	void andSoItDoesForAnAsynchronousClient() {
		McpAsyncClient client = async(ENABLED, "resilience.mcp.timeout=15s");
		assertThat(text(call(client, "search"))).startsWith("one");
		for (Fault fault : new Fault[] { new SchemaDriftFault(null, 1), new StaleFault("search", 1) }) {
			inject(fault);
			assertThat(text(call(client, "search"))).as(fault.kind()).startsWith("two");
			assertThat(text(call(client, "search"))).as(fault.kind()).startsWith("one");
		}
	}

	@Test
	void whereNoOtherServerHasTheToolTheServersOwnRefusalIsThrown() {
		this.fallback.without("search");
		McpSyncClient client = client(ENABLED, "resilience.mcp.timeout=15s");
		assertThat(text(call(client))).startsWith("one");
		inject(new SchemaDriftFault("search", null));
		assertThatThrownBy(() -> call(client)).isInstanceOf(McpError.class).hasMessageContaining("injected");
		assertThat(breaker("first").getMetrics().getNumberOfFailedCalls()).isZero();
	}

}
