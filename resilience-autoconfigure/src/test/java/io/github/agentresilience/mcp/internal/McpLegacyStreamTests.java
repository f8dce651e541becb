package io.github.agentresilience.mcp.internal;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;

import io.github.agentresilience.support.RawMcpServer;
import io.github.agentresilience.support.RawMcpServer.Asked;
import io.github.agentresilience.support.RawServer;
import io.github.agentresilience.support.TestApplication;
import io.github.agentresilience.support.WireSample;
import io.modelcontextprotocol.client.McpSyncClient;
import io.modelcontextprotocol.spec.McpSchema.CallToolRequest;
import io.modelcontextprotocol.spec.McpSchema.TextContent;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import org.springframework.context.ConfigurableApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/**
 * The one stream of the 2024-11-05 protocol, which carries the responses of all requests:
 * what one of them holds must not end it for the others.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(60)
class McpLegacyStreamTests {

	private static final String ID = McpWireTests.ID;

	private final RawMcpServer server = new RawMcpServer("one");

	private final ReentrantLock writing = new ReentrantLock();

	private volatile RawServer.Connection stream;

	private volatile WireSample sample;

	private ConfigurableApplicationContext context;

	private McpSyncClient client;

	@BeforeAll
	void start() {
		this.server.always("GET", (asked, connection) -> {
			connection.send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\nretry: 100\n: hello\n\n"
					+ "data:/message?session=1\nevent:endpoint\n\n");
			this.stream = connection;
			return connection.in().read() >= 0;
		});
		for (String method : List.of("initialize", "tools/list", "ping", "tools/call", "notifications/initialized")) {
			this.server.always(method, this::posted);
		}
		this.context = TestApplication.run(List.of("spring.ai.model.chat=none",
				"spring.ai.mcp.client.sse.connections.old.url=" + this.server.url(), "resilience.mcp.timeout=20s",
				"resilience.mcp.retry.max-attempts=1"));
		this.client = (McpSyncClient) ((List<?>) this.context.getBean("mcpSyncClients")).get(0);
		Awaitility.await().atMost(30, TimeUnit.SECONDS).ignoreExceptions().until(() -> call().equals("one"));
	}

	@AfterAll
	void stop() {
		this.context.close();
		this.server.close();
	}

	private boolean posted(Asked asked, RawServer.Connection connection) throws IOException {
		connection.send("HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n");
		String response = this.server.response(asked);
		if (response != null) {
			boolean sampled = this.sample != null && asked.method().equals("tools/call");
			this.writing.lock();
			try {
				this.stream.send(sampled ? this.sample.body(ID, asked.id())
						: ("data: " + response + "\n\n").getBytes(StandardCharsets.UTF_8));
			}
			finally {
				this.writing.unlock();
			}
		}
		return true;
	}

	private String call() {
		return ((TextContent) this.client.callTool(CallToolRequest.builder("charge").arguments(Map.of()).build())
			.content()
			.get(0)).text();
	}

	/** All events that need no end of the stream to be whole. */
	static Stream<WireSample> events() {
		return McpWireTests.SAMPLES.stream()
			.filter((sample) -> sample.file().equals("events.wire") && sample.one("comes", "").equals("answered")
					&& new String(sample.body("", ""), StandardCharsets.ISO_8859_1)
						.matches("(?s).*(\n\n|\r\r|\r\n\r\n)")
					&& !sample.name().contains("byte order mark"));
	}

	@ParameterizedTest
	@MethodSource("events")
	void whatAnEventHoldsEndsNoStream(WireSample one) {
		RawServer.Connection before = this.stream;
		this.sample = one;
		assertThat(call()).isEqualTo(one.one("text", "one"));
		this.sample = null;
		assertThat(call()).isEqualTo("one");
		assertThat(this.stream).as("the stream").isSameAs(before);
	}

	@Test
	void aRefusalOfOneRequestIsOfNoOtherRequest() {
		RawServer.Connection before = this.stream;
		this.server.next("tools/call", RawMcpServer.Answer.of(400,
				"{\"jsonrpc\":\"2.0\",\"id\":$id,\"error\":{\"code\":-32602,\"message\":\"text must be short\"}}"));
		assertThatThrownBy(this::call).hasMessageContaining("text must be short");
		assertThat(call()).isEqualTo("one");
		assertThat(this.stream).as("the stream").isSameAs(before);
	}

}
