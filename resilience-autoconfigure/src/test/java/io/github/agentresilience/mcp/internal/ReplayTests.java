package io.github.agentresilience.mcp.internal;

import java.time.Duration;

import io.github.agentresilience.chain.NotReplayedException;
import io.modelcontextprotocol.client.McpSyncClient;
import io.modelcontextprotocol.spec.McpSchema.CallToolResult;
import io.modelcontextprotocol.spec.McpSchema.ToolAnnotations;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class ReplayTests extends McpFixture {

	private static final ToolAnnotations DESTRUCTIVE = ToolAnnotations.builder()
		.readOnlyHint(false)
		.destructiveHint(true)
		.idempotentHint(false)
		.build();

	private McpSyncClient withCharge(ToolAnnotations hints, String... properties) {
		this.primary.with("charge", hints);
		this.fallback.with("charge", hints);
		McpSyncClient client = client(properties);
		client.listTools();
		return client;
	}

	private int executions(String text) {
		return this.primary.executions("charge", text) + this.fallback.executions("charge", text);
	}

	@Test
	void aDestructiveToolThatMayHaveRunIsNotCalledAgain() {
		McpSyncClient client = withCharge(DESTRUCTIVE);
		this.primary.faults().status(503);
		assertThatThrownBy(() -> call(client, "charge", "one")).isInstanceOf(NotReplayedException.class)
			.hasMessageContaining("'first'")
			.hasMessageContaining("503")
			.hasMessageContaining("may have run");
		assertThat(this.primary.faults().received("tools/call")).isEqualTo(1);
		assertThat(executions("one")).isZero();
	}

	@Test
	void aTimeoutOfADestructiveToolGoesBack() {
		McpSyncClient client = withCharge(DESTRUCTIVE, "resilience.mcp.timeout=500ms");
		this.primary.faults().delayTools(Duration.ofSeconds(3));
		assertThatThrownBy(() -> call(client, "charge", "one")).isInstanceOf(NotReplayedException.class);
		assertThat(executions("one")).isEqualTo(1);
	}

	@Test
	void anIsErrorOfADestructiveToolGoesStraightBack() {
		McpSyncClient client = withCharge(DESTRUCTIVE);
		this.primary.faults().toolErrors();
		CallToolResult result = call(client, "charge", "one");
		assertThat(result.isError()).isTrue();
		assertThat(text(result)).isEqualTo("one: failed");
		assertThat(executions("one")).isEqualTo(1);
	}

	@Test
	void aFailureThatProvesThatTheToolDidNotRunMovesOn() {
		McpSyncClient client = withCharge(DESTRUCTIVE);
		this.primary.down();
		assertThat(text(call(client, "charge", "refused"))).isEqualTo("two: charge of refused");
		this.primary.up();
		call(client, "charge", "again");
		this.primary.faults().status(429);
		assertThat(text(call(client, "charge", "limited"))).contains("charge of limited");
		assertThat(executions("limited")).isEqualTo(1);
	}

	@Test
	void aLostSessionProvesThatTheToolDidNotRun() {
		McpSyncClient client = withCharge(DESTRUCTIVE);
		assertThat(text(call(client, "charge", "before"))).startsWith("one: ");
		this.primary.down();
		this.primary.up();
		assertThat(text(call(client, "charge", "after"))).startsWith("one: ");
		assertThat(executions("after")).isEqualTo(1);
	}

	@ParameterizedTest
	@CsvSource(nullValues = "-",
			value = { "-, -, -, true", "true, true, false, true", "false, false, false, false",
					"false, false, true, true", "false, true, true, true", "-, true, -, false", "-, -, false, false",
					"false, false, -, true" })
	void annotationsDecide(Boolean readOnly, Boolean destructive, Boolean idempotent, boolean replayed) {
		McpSyncClient client = withCharge(ToolAnnotations.builder()
			.readOnlyHint(readOnly)
			.destructiveHint(destructive)
			.idempotentHint(idempotent)
			.build());
		this.primary.faults().status(503);
		if (replayed) {
			assertThat(text(call(client, "charge", "x"))).startsWith("two: ");
		}
		else {
			assertThatThrownBy(() -> call(client, "charge", "x")).isInstanceOf(NotReplayedException.class);
		}
	}

	@Test
	void configurationOverridesAnnotations() {
		McpSyncClient client = withCharge(DESTRUCTIVE, "resilience.mcp.tools.charge.replay=always",
				"resilience.mcp.tools.search.replay=never");
		this.primary.faults().status(503);
		assertThat(text(call(client, "charge", "x"))).startsWith("two: ");
		assertThatThrownBy(() -> call(client, "search", "x")).isInstanceOf(NotReplayedException.class);
		assertThat(text(call(client, "echo", "x"))).startsWith("two: ");
	}

	@Test
	void whereNoServerListsItsToolsTheyAreCalledButNotCalledAgain() {
		this.primary.faults().noLists();
		this.fallback.faults().noLists();
		McpSyncClient client = client();
		assertThat(text(call(client))).startsWith("one: ");
		this.primary.faults().status(503);
		assertThatThrownBy(() -> call(client)).isInstanceOf(NotReplayedException.class);
	}

	@Test
	void neverHoldsForAllTools() {
		McpSyncClient client = client("resilience.mcp.replay=never");
		client.listTools();
		this.primary.faults().status(500);
		assertThatThrownBy(() -> call(client)).isInstanceOf(NotReplayedException.class);
	}

	@Test
	void aDestructiveToolRunsAtMostOnceInAThousandCalls() {
		McpSyncClient client = withCharge(DESTRUCTIVE, "resilience.mcp.timeout=150ms",
				"resilience.mcp.breaker.open-for=200ms", "resilience.mcp.retry.initial-backoff=1ms");
		this.primary.faults().randomly(1);
		this.fallback.faults().randomly(2);
		int answered = 0;
		for (int i = 0; i < 1_000; i++) {
			if (i % 100 == 50) {
				this.primary.faults().delayTools(Duration.ofMillis(300));
			}
			else if (i % 100 == 53) {
				this.primary.faults().delayTools(Duration.ZERO);
			}
			try {
				call(client, "charge", "n" + i);
				answered++;
			}
			catch (RuntimeException expected) {
				// What matters is how often it ran
			}
		}
		for (int i = 0; i < 1_000; i++) {
			assertThat(executions("n" + i)).as("executions of call %s", i).isLessThanOrEqualTo(1);
		}
		assertThat(answered).isGreaterThan(400);
	}

}
