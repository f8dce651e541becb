package io.github.agentresilience.mcp.internal;

import java.util.List;
import java.util.Map;

import io.modelcontextprotocol.client.McpAsyncClient;
import io.modelcontextprotocol.client.McpSyncClient;
import io.modelcontextprotocol.spec.McpSchema.CallToolResult;
import io.modelcontextprotocol.spec.McpSchema.ToolAnnotations;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A server whose tools give back something else than they declare has failed.
 */
class StructuredOutputTests extends McpFixture {

	private static final Map<String, Object> DECLARED = Map.of("type", "object", "properties",
			Map.of("hits", Map.of("type", "integer")), "required", List.of("hits"));

	private static final Map<String, Object> GOOD = Map.of("hits", 3);

	private static final Map<String, Object> BAD = Map.of("hits", "many");

	private static final ToolAnnotations READ_ONLY = ToolAnnotations.builder().readOnlyHint(true).build();

	private static final ToolAnnotations DESTRUCTIVE = ToolAnnotations.builder()
		.readOnlyHint(false)
		.destructiveHint(true)
		.idempotentHint(false)
		.build();

	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void theNextServerIsAskedAndTheBreakerHearsOfIt(boolean async) {
		this.primary.with("find", READ_ONLY).returning(DECLARED, BAD);
		this.fallback.with("find", READ_ONLY).returning(DECLARED, GOOD);
		CallToolResult result;
		if (async) {
			McpAsyncClient client = async();
			client.listTools().block();
			result = call(client, "find");
		}
		else {
			McpSyncClient client = client();
			client.listTools();
			result = call(client, "find", "x");
		}
		assertThat(text(result)).startsWith("two");
		assertThat(result.structuredContent()).isEqualTo(GOOD);
		assertThat(this.primary.executions("find")).as("no retry").isEqualTo(1);
		assertThat(breaker("first").getMetrics().getNumberOfFailedCalls()).isEqualTo(1);
		assertThat(summary().fallbacks()).isEqualTo(1);
		assertThat(summary().incidents()).isEqualTo(1);
	}

	@Test
	void whatIsDeclaredIsAccepted() {
		this.primary.returning(DECLARED, GOOD);
		McpSyncClient client = client();
		client.listTools();
		assertThat(text(call(client))).startsWith("one");
		assertThat(breaker("first").getMetrics().getNumberOfFailedCalls()).isZero();
	}

	@Test
	void whereNoServerDoesBetterTheAnswerOfTheFirstIsReturned() {
		this.primary.with("find", READ_ONLY).returning(DECLARED, BAD);
		this.fallback.with("find", READ_ONLY).returning(DECLARED, BAD);
		McpSyncClient client = client();
		client.listTools();
		CallToolResult result = call(client, "find", "x");
		assertThat(text(result)).startsWith("one");
		assertThat(result.structuredContent()).isEqualTo(BAD);
		assertThat(breaker("second").getMetrics().getNumberOfFailedCalls()).isEqualTo(1);
	}

	@Test
	void aDestructiveToolIsNotCalledAgain() {
		this.primary.with("charge", DESTRUCTIVE).returning(DECLARED, BAD);
		this.fallback.with("charge", DESTRUCTIVE).returning(DECLARED, GOOD);
		McpSyncClient client = client();
		client.listTools();
		CallToolResult result = call(client, "charge", "one");
		assertThat(text(result)).startsWith("one");
		assertThat(this.fallback.executions("charge")).isZero();
		assertThat(breaker("first").getMetrics().getNumberOfFailedCalls()).isEqualTo(1);
	}

	@ParameterizedTest
	@CsvSource({ "annotated, one", "always, two" })
	void aToolThatHasRunIsCalledAgainWhereThatIsKnownToDoNoHarm(String replay, String served) {
		this.primary.returning(DECLARED, BAD);
		this.fallback.returning(DECLARED, GOOD);
		McpSyncClient client = client("resilience.mcp.replay=" + replay);
		client.listTools();
		assertThat(text(call(client))).startsWith(served);
		assertThat(breaker("first").getMetrics().getNumberOfFailedCalls()).isEqualTo(1);
	}

	@Test
	void aSchemaThatCannotBeUsedAllowsEverything() {
		this.primary.returning(Map.of("type", "object", "$ref", "#/$defs/none"), BAD);
		McpSyncClient client = client();
		client.listTools();
		assertThat(text(call(client))).startsWith("one");
		assertThat(breaker("first").getMetrics().getNumberOfFailedCalls()).isZero();
	}

}
