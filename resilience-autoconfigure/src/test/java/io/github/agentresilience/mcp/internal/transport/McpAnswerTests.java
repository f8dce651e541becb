package io.github.agentresilience.mcp.internal.transport;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

import io.github.agentresilience.chain.Layer;
import io.github.agentresilience.chain.NotReplayedException;
import io.github.agentresilience.chain.internal.engine.ChainRegistry;
import io.github.agentresilience.support.Logged;
import io.github.agentresilience.support.RawMcpServer.Answer;
import io.github.agentresilience.support.TestApplication;
import io.modelcontextprotocol.client.McpAsyncClient;
import io.modelcontextprotocol.client.McpSyncClient;
import io.modelcontextprotocol.spec.McpSchema.CallToolRequest;
import io.modelcontextprotocol.spec.McpSchema.CallToolResult;
import io.modelcontextprotocol.spec.McpSchema.Tool;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.ai.mcp.SyncMcpToolCallbackProvider;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/**
 * What an answer means for other calls, for the session and for the connection it came
 * on.
 */
class McpAnswerTests extends RawMcpFixture {

	private static final String REFUSED = "{\"jsonrpc\":\"2.0\",\"id\":$id,\"error\":{\"code\":-32602,\"message\":\"text must be short\"}}";

	/** Answers once it may. */
	private Answer slow(CountDownLatch begun, CountDownLatch go) {
		return (asked, connection) -> {
			begun.countDown();
			await(go);
			return this.primary.well(asked, connection);
		};
	}

	private static void await(CountDownLatch latch) {
		try {
			assertThat(latch.await(30, TimeUnit.SECONDS)).isTrue();
		}
		catch (InterruptedException ex) {
			throw new IllegalStateException(ex);
		}
	}

	private <T> T meanwhile(McpSyncClient client, Meanwhile<T> what) throws Exception {
		CountDownLatch begun = new CountDownLatch(1);
		CountDownLatch go = new CountDownLatch(1);
		this.primary.next("tools/call", slow(begun, go));
		ExecutorService caller = Executors.newSingleThreadExecutor();
		try {
			Future<String> inFlight = caller.submit(() -> call(client, "charge"));
			await(begun);
			T result = what.run();
			go.countDown();
			assertThat(inFlight.get(30, TimeUnit.SECONDS)).isEqualTo("one");
			return result;
		}
		finally {
			caller.shutdownNow();
		}
	}

	@FunctionalInterface
	private interface Meanwhile<T> {

		T run() throws Exception;

	}

	@ParameterizedTest
	@ValueSource(ints = { 200, 400, 404, 409, 422, 500 })
	void aRefusalOfOneRequestIsOfNoOtherRequest(int status) throws Exception {
		McpSyncClient client = client();
		meanwhile(client, () -> {
			this.primary.always("tools/call", Answer.of(status, REFUSED));
			for (int i = 0; i < 5; i++) {
				assertThatThrownBy(() -> call(client, "plain")).hasMessageContaining("text must be short");
			}
			return null;
		});
		assertThat(this.primary.asked("initialize")).isZero();
		assertThat(this.primary.asked()).as("requests of one call that waited and five that were refused").hasSize(6);
		assertThat(this.backup.asked("tools/call")).isZero();
		assertThat(this.context.getBean(ChainRegistry.class)
			.targets(Layer.MCP)
			.iterator()
			.next()
			.breaker()
			.getMetrics()
			.getNumberOfFailedCalls()).isZero();
	}

	@Test
	void aCallInFlightHasItsAnswerThoughAnotherOpensTheSessionAnew() throws Exception {
		McpSyncClient client = client();
		meanwhile(client, () -> {
			this.primary.next("tools/call", Answer.of(404, ""));
			assertThat(call(client, "charge")).isEqualTo("one");
			return null;
		});
		assertThat(this.primary.asked("initialize")).isEqualTo(1);
		assertThat(this.primary.asked("tools/call")).as("nothing is called twice but what was refused").isEqualTo(3);
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|', textBlock = """
			400 | no valid session
			401 | Session not found
			404 | {"jsonrpc":"2.0","id":null,"error":{"code":-32001,"message":"Session not found"}}
			422 | Expected an initialize request
			500 | Session not found
			200 | {"jsonrpc":"2.0","id":$id,"error":{"code":-32001,"message":"Session not found"}}
			""")
	void theAnswerIsBelievedInANewSession(int status, String body) {
		McpSyncClient client = client("resilience.mcp.retry.max-attempts=1");
		this.primary.always("tools/call", Answer.of(status, body));
		boolean mayHaveRun = status >= 500 || status == 200;
		if (mayHaveRun) {
			assertThatThrownBy(() -> call(client, "charge")).isInstanceOf(NotReplayedException.class);
		}
		else if (status == 400 || status == 422) {
			assertThatThrownBy(() -> call(client, "charge")).as("the request is at fault")
				.hasMessageContaining("" + status);
		}
		else {
			assertThat(call(client, "charge")).isEqualTo("two");
		}
		assertThat(this.primary.asked("initialize")).isEqualTo(1);
		assertThat(this.primary.asked("tools/call")).isEqualTo(2);
	}

	@Test
	void aServerThatDoesNotSayWhyIsAskedWhetherItKnowsTheSession() {
		McpSyncClient client = client();
		this.primary.next("tools/call", Answer.of(400, ""));
		this.primary.next("ping", Answer.of(400, ""));
		assertThat(call(client, "charge")).isEqualTo("one");
		assertThat(this.primary.asked("ping")).isEqualTo(1);
		assertThat(this.primary.asked("initialize")).isEqualTo(1);
		this.primary.heal();
		this.primary.next("tools/call", Answer.of(400, ""));
		assertThatThrownBy(() -> call(client, "charge")).hasMessageContaining("400");
		assertThat(this.primary.asked("ping")).isEqualTo(1);
		assertThat(this.primary.asked("initialize")).isZero();
	}

	@Test
	void aToolThatSpeaksOfItsOwnSessionMayHaveRun() {
		McpSyncClient client = client();
		this.primary.next("tools/call", Answer.of(200,
				"{\"jsonrpc\":\"2.0\",\"id\":$id,\"error\":{\"code\":-32000,\"message\":\"The browser session crashed\"}}"));
		assertThatThrownBy(() -> call(client, "charge")).isInstanceOf(NotReplayedException.class);
		assertThat(this.primary.asked("tools/call")).isEqualTo(1);
	}

	@Test
	void streamsThatStayOpenBehindTheirResponsesAreClosed() throws IOException {
		McpSyncClient client = client();
		this.primary.always("tools/call", (asked, connection) -> {
			connection
				.send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: {\"jsonrpc\":\"2.0\",\"id\":\""
						+ asked.id() + "\",\"result\":{\"content\":[{\"type\":\"text\",\"text\":\"one\"}]}}\n\n");
			return connection.in().read() >= 0;
		});
		for (int i = 0; i < 40; i++) {
			assertThat(call(client, "plain")).isEqualTo("one");
		}
		Awaitility.await().atMost(30, TimeUnit.SECONDS).until(() -> this.primary.connections() <= 2);
	}

	@Test
	void aConnectionIsKeptWhereTheServerEndsItsStreamInTime() {
		McpSyncClient client = client();
		int before = this.primary.opened();
		this.primary.always("tools/call", (asked, connection) -> {
			String event = "data: {\"jsonrpc\":\"2.0\",\"id\":\"" + asked.id()
					+ "\",\"result\":{\"content\":[{\"type\":\"text\",\"text\":\"one\"}]}}\n\n";
			connection.send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
					+ Integer.toHexString(event.length()) + "\r\n" + event + "\r\n");
			connection.send("0\r\n\r\n");
			return true;
		});
		for (int i = 0; i < 20; i++) {
			assertThat(call(client, "plain")).isEqualTo("one");
		}
		assertThat(this.primary.opened() - before).isLessThanOrEqualTo(2);
	}

	@Tag("goals")
	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void aLargeResultTakesTimeInProportionToItsSize(boolean events) {
		McpSyncClient client = client();
		this.primary.always("tools/call", (asked, connection) -> {
			int size = Integer.parseInt(asked.request().body().replaceAll("(?s).*\"size\":\"(\\d+)\".*", "$1"));
			String body = (events ? "data: " : "") + "{\"jsonrpc\":\"2.0\",\"id\":\"" + asked.id()
					+ "\",\"result\":{\"content\":[{\"type\":\"text\",\"text\":\"" + "x".repeat(size) + "\"}]}}"
					+ (events ? "\n\n" : "");
			connection.send("HTTP/1.1 200 OK\r\nContent-Type: " + (events ? "text/event-stream" : "application/json")
					+ "\r\nContent-Length: " + body.length() + "\r\n\r\n" + body);
			return true;
		});
		long small = time(client, 1 << 20);
		long large = time(client, 8 << 20);
		assertThat(large).as("8 MB against %s us for 1 MB", small).isLessThan(Math.max(small, 20_000) * 24);
	}

	/** The best of a few. */
	private static long time(McpSyncClient client, int size) {
		CallToolRequest request = CallToolRequest.builder("plain")
			.arguments(Map.of("size", String.valueOf(size)))
			.build();
		long best = Long.MAX_VALUE;
		for (int i = 0; i < 4; i++) {
			long start = System.nanoTime();
			assertThat(text(client.callTool(request))).hasSize(size);
			best = Math.min(best, (System.nanoTime() - start) / 1_000);
		}
		return best;
	}

	@Test
	void aBadToolIsLeftOutWithAWarningOverAllPagesAndTheApplicationHasTheOthers() {
		this.context = TestApplication.run(List.of("spring.ai.model.chat=none",
				"spring.ai.mcp.client.streamable-http.connections.first.url=" + this.primary.url()));
		McpSyncClient client = (McpSyncClient) ((List<?>) this.context.getBean("mcpSyncClients")).get(0);
		Awaitility.await().atMost(30, TimeUnit.SECONDS).until(() -> call(client, "plain").equals("one"));
		this.primary.always("tools/list", (asked, connection) -> Answer
			.of(200, asked.request().body().contains("cursor")
					? "{\"jsonrpc\":\"2.0\",\"id\":$id,\"result\":{\"tools\":[{\"name\":\"read\",\"description\":\"twice\",\"inputSchema\":{}},"
							+ "{\"name\":\"safe\",\"inputSchema\":{}}]}}"
					: "{\"jsonrpc\":\"2.0\",\"id\":$id,\"result\":{\"tools\":[{\"inputSchema\":{}},{\"name\":\"broken\",\"inputSchema\":7},"
							+ "{\"name\":\"read\",\"inputSchema\":{}}],\"nextCursor\":\"more\"}}")
			.send(asked, connection));
		try (Logged logged = new Logged()) {
			assertThat(client.listTools().tools()).extracting(Tool::name).containsExactly("read", "safe");
			assertThat(logged.of("io.github.agentresilience.mcp"))
				.anyMatch((line) -> line.contains("'broken'") && line.contains("'first'"))
				.anyMatch((line) -> line.contains("no name"))
				.anyMatch((line) -> line.contains("'read'"));
		}
		assertThat(this.context.getBean(SyncMcpToolCallbackProvider.class).getToolCallbacks()).hasSize(2);
	}

	@Test
	void whatAServerAcceptedItMayAnswerOnItsOwnStream() {
		AtomicBoolean over = new AtomicBoolean();
		CountDownLatch asked = new CountDownLatch(1);
		String[] id = new String[1];
		this.primary.always("GET", (get, connection) -> {
			connection.send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n");
			await(asked);
			connection.send("data: {\"jsonrpc\":\"2.0\",\"id\":\"" + id[0]
					+ "\",\"result\":{\"content\":[{\"type\":\"text\",\"text\":\"late\"}]}}\n\n");
			over.set(true);
			return connection.in().read() >= 0;
		});
		this.context = TestApplication.run(List.of("spring.ai.model.chat=none",
				"spring.ai.mcp.client.streamable-http.connections.first.url=" + this.primary.url(),
				"resilience.mcp.timeout=20s"));
		McpSyncClient client = (McpSyncClient) ((List<?>) this.context.getBean("mcpSyncClients")).get(0);
		Awaitility.await().atMost(30, TimeUnit.SECONDS).until(() -> this.primary.asked("GET") == 1);
		this.primary.next("tools/call", (call, connection) -> {
			id[0] = call.id();
			connection.send("HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n");
			asked.countDown();
			return true;
		});
		assertThat(call(client, "charge")).isEqualTo("late");
		assertThat(over).isTrue();
	}

	@Test
	void anAsynchronousClientIsToldTheSame() {
		this.context = TestApplication.run(List.of("spring.ai.model.chat=none", "spring.ai.mcp.client.type=ASYNC",
				"spring.ai.mcp.client.streamable-http.connections.first.url=" + this.primary.url(),
				"spring.ai.mcp.client.streamable-http.connections.second.url=" + this.backup.url(),
				"resilience.mcp.chains.search=first,second", "resilience.mcp.timeout=20s"));
		McpAsyncClient client = (McpAsyncClient) ((List<?>) this.context.getBean("mcpAsyncClients")).get(0);
		CallToolRequest charge = CallToolRequest.builder("charge").arguments(Map.of()).build();
		Duration most = Duration.ofSeconds(30);
		Awaitility.await().atMost(most).until(() -> text(client.callTool(charge).block(most)).equals("one"));
		this.primary.next("tools/call", Answer.of(400, REFUSED));
		assertThatThrownBy(() -> client.callTool(charge).block(most)).hasMessageContaining("text must be short");
		CountDownLatch begun = new CountDownLatch(1);
		CountDownLatch go = new CountDownLatch(1);
		this.primary.next("tools/call", slow(begun, go));
		Future<CallToolResult> inFlight = client.callTool(charge).toFuture();
		await(begun);
		this.primary.next("tools/call", Answer.of(404, ""));
		assertThat(text(client.callTool(charge).block(most))).isEqualTo("one");
		go.countDown();
		assertThat(inFlight).succeedsWithin(most).satisfies((result) -> assertThat(text(result)).isEqualTo("one"));
	}

}
