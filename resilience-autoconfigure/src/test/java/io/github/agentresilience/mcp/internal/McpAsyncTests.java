package io.github.agentresilience.mcp.internal;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

import io.modelcontextprotocol.client.McpAsyncClient;
import io.modelcontextprotocol.spec.McpSchema.CallToolRequest;
import io.modelcontextprotocol.spec.McpSchema.CallToolResult;
import io.modelcontextprotocol.spec.McpSchema.ToolAnnotations;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The asynchronous client under what is hard for it: long calls, and faults at random
 * with many calls at once.
 */
class McpAsyncTests extends McpFixture {

	private static Mono<CallToolResult> call(McpAsyncClient client, String tool, String text) {
		return client.callTool(CallToolRequest.builder(tool).arguments(Map.of("text", text)).build());
	}

	@Test
	void progressKeepsALongCallAlive() {
		McpAsyncClient client = async("resilience.mcp.timeout=2s", "resilience.mcp.reset-timeout-on-progress=true");
		client.listTools().block();
		call(client, "echo", "warm").block();
		this.primary.progressIn(20);
		this.primary.faults().delayTools(Duration.ofSeconds(5));
		assertThat(text(call(client, "search", "x").block(Duration.ofSeconds(60)))).startsWith("one: ");
		assertThat(this.fallback.executions("search")).isZero();
	}

	@Test
	void withoutItALongCallGoesToTheNextServer() {
		McpAsyncClient client = async("resilience.mcp.timeout=1s");
		client.listTools().block();
		this.primary.progressIn(20);
		this.primary.faults().delayTools(Duration.ofSeconds(5));
		assertThat(text(call(client, "search", "x").block(Duration.ofSeconds(60)))).startsWith("two: ");
	}

	@Test
	void aDestructiveToolRunsAtMostOnceWhateverHappens() {
		ToolAnnotations destructive = ToolAnnotations.builder().destructiveHint(true).idempotentHint(false).build();
		this.primary.with("charge", destructive);
		this.fallback.with("charge", destructive);
		McpAsyncClient client = async("resilience.mcp.timeout=500ms",
				// An open breaker would keep the faults away
				"resilience.mcp.breaker.failure-rate=100", "resilience.mcp.breaker.slow-call-rate=100");
		client.listTools().block();
		this.primary.faults().randomly(3);
		this.fallback.faults().randomly(4);
		AtomicInteger answered = new AtomicInteger();
		Flux.range(0, 400).flatMap((i) -> {
			if (i % 100 == 50) {
				this.primary.faults().delayTools(Duration.ofSeconds(1));
			}
			else if (i % 100 == 53) {
				this.primary.faults().delayTools(Duration.ZERO);
			}
			return call(client, "charge", "n" + i).doOnNext((result) -> answered.incrementAndGet())
				.onErrorResume((expected) -> Mono.empty());
		}, 4).blockLast(Duration.ofSeconds(80));
		for (int i = 0; i < 400; i++) {
			assertThat(this.primary.executions("charge", "n" + i) + this.fallback.executions("charge", "n" + i))
				.as("executions of call %s", i)
				.isLessThanOrEqualTo(1);
		}
		assertThat(answered.get()).isGreaterThan(100);
	}

}
