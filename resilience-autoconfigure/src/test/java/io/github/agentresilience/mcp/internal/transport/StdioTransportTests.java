package io.github.agentresilience.mcp.internal.transport;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Supplier;

import io.github.agentresilience.chain.internal.engine.ChainRuntime;
import io.github.agentresilience.chain.internal.engine.ContextCarrier;
import io.github.agentresilience.chain.internal.time.Workers;
import io.github.agentresilience.support.ManualTime;
import io.modelcontextprotocol.client.transport.ServerParameters;
import io.modelcontextprotocol.spec.McpClientTransport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The processes of stdio servers.
 */
@Timeout(60)
class StdioTransportTests {

	private final List<StdioTransport> started = new ArrayList<>();

	/**
	 * Starts a server that says so, and then hears of nothing, not even that it is to
	 * end.
	 */
	private final Supplier<McpClientTransport> deaf = StdioTransport.of("local",
			ServerParameters.builder("sh")
				.args("-c", "trap '' TERM; echo '{\"jsonrpc\":\"2.0\",\"method\":\"up\"}'; while :; do sleep 0.1; done")
				.build());

	private McpClientTransport start() {
		StdioTransport transport = (StdioTransport) this.deaf.get();
		this.started.add(transport);
		return transport;
	}

	@Test
	@DisabledOnOs(OS.WINDOWS)
	void aProcessThatDoesNotEndIsNotLeftBehindByARestart() throws Exception {
		ManualTime time = ManualTime.standing();
		try (ChainRuntime runtime = new ChainRuntime(time, new Workers(), ContextCarrier.NONE)) {
			TrackedTransport tracked = new TrackedTransport(start(), this::start, true, false, Background.of(runtime));
			CountDownLatch up = new CountDownLatch(1);
			tracked.connect((messages) -> messages.doOnNext((message) -> up.countDown())).block();
			assertThat(up.await(30, TimeUnit.SECONDS)).isTrue();
			CompletableFuture<Void> ended = CompletableFuture.runAsync(this.started.get(0)::awaitForExit);
			tracked.connect(Function.identity()).subscribe();
			assertThat(this.started).hasSize(2);
			time.advance(Duration.ofSeconds(9));
			assertThat(ended).isNotDone();
			time.advance(Duration.ofSeconds(1));
			ended.get(30, TimeUnit.SECONDS);
		}
		finally {
			this.started.forEach(StdioTransport::kill);
		}
	}

}
