package io.github.agentresilience.mcp.internal.transport;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

import io.github.agentresilience.chain.CallCancelledException;
import io.modelcontextprotocol.client.McpSyncClient;
import org.awaitility.Awaitility;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A request whose caller is interrupted: its server is told, and its connection ends.
 */
class InterruptedCallTests extends RawMcpFixture {

	@ParameterizedTest
	@ValueSource(strings = { "tools/call", "tools/list", "ping" })
	void theServerIsToldAndTheConnectionEnds(String method) throws Exception {
		McpSyncClient client = client("resilience.mcp.probe.enabled=false");
		CountDownLatch asked = new CountDownLatch(1);
		CountDownLatch ended = new CountDownLatch(1);
		this.primary.always(method, (message, connection) -> {
			asked.countDown();
			if (connection.in().read() < 0) {
				ended.countDown();
			}
			return false;
		});
		AtomicReference<Throwable> thrown = new AtomicReference<>();
		Thread caller = new Thread(() -> {
			try {
				request(client, method);
			}
			catch (RuntimeException ex) {
				thrown.set(ex);
			}
		});
		caller.start();
		assertThat(asked.await(30, TimeUnit.SECONDS)).isTrue();
		caller.interrupt();
		caller.join(TimeUnit.SECONDS.toMillis(30));
		assertThat(thrown.get()).isInstanceOf(CallCancelledException.class);
		assertThat(ended.await(5, TimeUnit.SECONDS)).as("the connection has ended").isTrue();
		Awaitility.await().until(() -> this.primary.asked("notifications/cancelled") == 1);
		assertThat(this.primary.asked(method)).isEqualTo(1);
		assertThat(this.backup.asked(method)).isZero();
	}

	private static void request(McpSyncClient client, String method) {
		switch (method) {
			case "tools/call" -> call(client, "plain");
			case "tools/list" -> client.listTools();
			default -> client.ping();
		}
	}

}
