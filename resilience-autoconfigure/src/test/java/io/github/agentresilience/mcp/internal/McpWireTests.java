package io.github.agentresilience.mcp.internal;

import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import io.github.agentresilience.chain.ChainExhaustedException;
import io.github.agentresilience.chain.Layer;
import io.github.agentresilience.chain.NotReplayedException;
import io.github.agentresilience.chain.internal.engine.ChainRegistry;
import io.github.agentresilience.support.RawMcpServer;
import io.github.agentresilience.support.TestApplication;
import io.github.agentresilience.support.WireSample;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.modelcontextprotocol.client.McpAsyncClient;
import io.modelcontextprotocol.client.McpSyncClient;
import io.modelcontextprotocol.spec.McpSchema.CallToolRequest;
import io.modelcontextprotocol.spec.McpSchema.CallToolResult;
import io.modelcontextprotocol.spec.McpSchema.TextContent;
import io.modelcontextprotocol.spec.McpSchema.Tool;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.context.ConfigurableApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.junit.jupiter.params.provider.Arguments.arguments;

/**
 * What MCP servers really send, byte by byte, and what comes of it.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(60)
class McpWireTests {

	static final String ID = "@id@";

	private static final Pattern MACRO = Pattern.compile("\\$(result|error)\\(([^)]*)\\)|\\$id");

	static final List<WireSample> SAMPLES = WireSample.all("/wire/mcp", MACRO, McpWireTests::meaning);

	private final RawMcpServer primary = new RawMcpServer("one");

	private final RawMcpServer backup = new RawMcpServer("two");

	/** In no chain, so that its list is all that is shown. */
	private final RawMcpServer alone = new RawMcpServer("three");

	private ConfigurableApplicationContext sync;

	private ConfigurableApplicationContext async;

	private static String meaning(MatchResult found) {
		if (found.group(1) == null) {
			return "\"" + ID + "\"";
		}
		String start = "{\"jsonrpc\":\"2.0\",\"id\":\"" + ID + "\",";
		if (found.group(1).equals("result")) {
			return start + "\"result\":{\"content\":[{\"type\":\"text\",\"text\":\"" + found.group(2) + "\"}]}}";
		}
		String[] error = found.group(2).split(",", 2);
		return start + "\"error\":{\"code\":" + error[0] + ",\"message\":\"" + error[1] + "\"}}";
	}

	@BeforeAll
	void start() {
		this.sync = run("SYNC");
		this.async = run("ASYNC");
	}

	private ConfigurableApplicationContext run(String type) {
		return TestApplication.run(List.of("spring.ai.model.chat=none", "spring.ai.mcp.client.type=" + type,
				"spring.ai.mcp.client.streamable-http.connections.first.url=" + this.primary.url(),
				"spring.ai.mcp.client.streamable-http.connections.second.url=" + this.backup.url(),
				"spring.ai.mcp.client.streamable-http.connections.third.url=" + this.alone.url(),
				"resilience.mcp.chains.wire=first,second", "resilience.mcp.timeout=20s", "resilience.mcp.deadline=40s",
				"resilience.mcp.retry.max-attempts=1", "resilience.mcp.breaker.window=100000",
				"resilience.mcp.breaker.minimum-calls=100000"));
	}

	@AfterAll
	void stop() {
		this.sync.close();
		this.async.close();
		this.primary.close();
		this.backup.close();
		this.alone.close();
	}

	static Stream<Arguments> rows() {
		return SAMPLES.stream().flatMap((sample) -> Stream.of("SYNC", "ASYNC").map((type) -> arguments(type, sample)));
	}

	@Test
	void thereAreManyAndEachSaysWhereItIsFrom() {
		assertThat(SAMPLES).hasSizeGreaterThanOrEqualTo(70);
		Set<String> names = new HashSet<>();
		assertThat(SAMPLES).allSatisfy((sample) -> {
			assertThat(sample.one("source", "")).as(sample.toString()).isNotBlank();
			assertThat(names.add(sample.toString())).as(sample.toString()).isTrue();
		});
	}

	@ParameterizedTest(name = "{0}, {1}")
	@MethodSource("rows")
	void whatAServerSends(String type, WireSample sample) {
		Client client = new Client(type.equals("SYNC") ? this.sync : this.async);
		Awaitility.await().atMost(30, TimeUnit.SECONDS).until(() -> client.call("plain").text.equals("one"));
		client.tools();
		this.primary.heal();
		this.backup.heal();
		switch (sample.one("comes", "")) {
			case "answered" -> answered(client, sample);
			case "unreadable" -> {
				assertThat(send(client, sample, "plain").thrown).isInstanceOf(NotReplayedException.class)
					.hasRootCauseMessage("the answer cannot be read");
				assertThat(send(client, sample, "read").text).isEqualTo("two");
				assertThat(send(client, sample, "safe").text).isEqualTo("two");
			}
			case "cut" -> {
				assertThat(send(client, sample, "charge").thrown).isInstanceOf(NotReplayedException.class);
				assertThat(send(client, sample, "plain").text).isEqualTo("two");
			}
			case "elsewhere" -> assertThat(send(client, sample, sample.one("tool", "charge")).text).isEqualTo("two");
			case "reopened" -> {
				Answer answer = send(client, sample, sample.one("tool", "charge"));
				assertThat(answer.thrown).as("%s: %s", sample, this.primary.asked()).isNull();
				assertThat(answer.text).isEqualTo("one");
				assertThat(this.primary.asked("initialize")).isEqualTo(1);
				assertThat(this.primary.asked("tools/call")).isEqualTo(2);
				assertThat(this.backup.asked("tools/call")).isZero();
			}
			case "refused" -> {
				assertThat(send(client, sample, "plain").thrown).isNotNull()
					.isNotInstanceOf(ChainExhaustedException.class)
					.isNotInstanceOf(NotReplayedException.class);
				assertThat(this.backup.asked("tools/call")).isZero();
			}
			case "listed" -> {
				Client ofOne = client.ofServerAlone();
				ofOne.tools();
				this.alone.heal();
				this.alone.next("tools/list", (asked, connection) -> sample.send(connection, ID, asked.id()));
				assertThat(ofOne.tools()).isEqualTo(List.of(sample.one("tools", "").split(" ")));
			}
			case "told" -> told(client, sample);
			default -> throw new IllegalStateException(sample + " says nothing of what is to come");
		}
		if (!sample.one("comes", "").matches("reopened|told")
				&& !sample.one("to", "").matches("initialize|notifications/.*")) {
			assertThat(this.primary.asked("initialize")).as("the session stays").isZero();
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "SYNC", "ASYNC" })
	void callsShareAConnection(String type) {
		Client client = new Client(type.equals("SYNC") ? this.sync : this.async);
		Awaitility.await().atMost(30, TimeUnit.SECONDS).until(() -> client.call("plain").text.equals("one"));
		this.primary.heal();
		int before = this.primary.opened();
		for (int i = 0; i < 40; i++) {
			assertThat(client.call("charge").text).isEqualTo("one");
		}
		assertThat(this.primary.opened() - before).isLessThan(5);
	}

	/** One that is being stopped refuses what still comes, and then is gone. */
	@ParameterizedTest
	@ValueSource(strings = { "SYNC", "ASYNC" })
	void aServerThatRefusesAndThenIsGoneIsNotBelieved(String type) {
		Client client = new Client(type.equals("SYNC") ? this.sync : this.async);
		Awaitility.await().atMost(30, TimeUnit.SECONDS).until(() -> client.call("plain").text.equals("one"));
		this.primary.heal();
		this.primary.next("tools/call", RawMcpServer.Answer.of(400, "Bad Request"));
		this.primary.next("ping", (asked, connection) -> false);
		assertThat(client.call("charge").text).isEqualTo("two");
		assertThat(this.primary.asked("ping")).isEqualTo(1);
	}

	/** Such as one that counts its sessions, from one again with each restart. */
	@ParameterizedTest
	@ValueSource(strings = { "SYNC", "ASYNC" })
	void aServerMayGiveASessionTheNameOfOneThatIsLost(String type) {
		Client client = new Client(type.equals("SYNC") ? this.sync : this.async);
		Awaitility.await().atMost(30, TimeUnit.SECONDS).until(() -> client.call("plain").text.equals("one"));
		this.primary.heal();
		this.primary.always("initialize", (asked, connection) -> {
			String response = this.primary.response(asked);
			connection.send("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nMcp-Session-Id: 1\r\nContent-Length: "
					+ response.length() + "\r\n\r\n" + response);
			return true;
		});
		for (int restart = 1; restart <= 3; restart++) {
			this.primary.next("tools/call", RawMcpServer.Answer.of(404, ""));
			assertThat(client.call("charge").text).isEqualTo("one");
			assertThat(this.primary.asked("initialize")).isEqualTo(restart);
		}
	}

	private void answered(Client client, WireSample sample) {
		String method = sample.one("to", "tools/call");
		if (method.equals("initialize") || method.equals("notifications/initialized")) {
			this.primary.next("tools/call", RawMcpServer.Answer.of(404, ""));
			this.primary.next(method, (asked, connection) -> sample.send(connection, ID, asked.id()));
			assertThat(client.call("charge").text).isEqualTo("one");
			assertThat(this.primary.asked("initialize")).isEqualTo(1);
			return;
		}
		Answer answer = send(client, sample, sample.one("tool", "charge"));
		if (answer.thrown != null) {
			throw new AssertionError(sample + ": " + this.primary.asked(), answer.thrown);
		}
		assertThat(answer.text).isEqualTo(sample.one("text", "one"));
		assertThat(this.primary.asked("tools/call")).isEqualTo(1);
		assertThat(this.backup.asked("tools/call")).isZero();
	}

	private void told(Client client, WireSample sample) {
		this.primary.next("tools/call", RawMcpServer.Answer.of(404, ""));
		this.primary.next("GET", (asked, connection) -> {
			// What the session itself is about is listed before
			Awaitility.await().until(() -> this.primary.asked("tools/list") > 0);
			this.primary.asked().removeIf((each) -> each.method().equals("tools/list"));
			return sample.send(connection, ID, "");
		});
		assertThat(client.call("plain").text).isEqualTo("one");
		Awaitility.await().atMost(30, TimeUnit.SECONDS).until(() -> this.primary.asked("GET") == 1);
		Awaitility.await().atMost(30, TimeUnit.SECONDS).until(() -> this.primary.asked("tools/list") > 0);
	}

	private Answer send(Client client, WireSample sample, String tool) {
		this.primary.next("tools/call", (asked, connection) -> sample.send(connection, ID, asked.id()));
		return client.call(tool);
	}

	/** A client of either kind, over the chain of both servers. */
	private static final class Client {

		private final List<?> all;

		private final Object client;

		private Client(List<?> all, Object client) {
			this.all = all;
			this.client = client;
		}

		Client(ConfigurableApplicationContext context) {
			String bean = context.containsBean("mcpSyncClients") ? "mcpSyncClients" : "mcpAsyncClients";
			this.all = (List<?>) context.getBean(bean);
			this.client = this.all.get(0);
			context.getBean(ChainRegistry.class)
				.targets(Layer.MCP)
				.stream()
				.filter((target) -> target.breaker().getState() != CircuitBreaker.State.CLOSED)
				.forEach((target) -> target.breaker().transitionToClosedState());
		}

		/** The client of the server that stands in no chain. */
		Client ofServerAlone() {
			return new Client(this.all, this.all.get(1));
		}

		Answer call(String tool) {
			CallToolRequest request = CallToolRequest.builder(tool).arguments(Map.of()).build();
			Answer answer = new Answer();
			answer.thrown = catchThrowable(
					() -> answer.add((this.client instanceof McpSyncClient direct) ? direct.callTool(request)
							: ((McpAsyncClient) this.client).callTool(request).block(Duration.ofSeconds(50))));
			return answer;
		}

		List<String> tools() {
			return ((this.client instanceof McpSyncClient direct) ? direct.listTools()
					: ((McpAsyncClient) this.client).listTools().block(Duration.ofSeconds(50)))
				.tools()
				.stream()
				.map(Tool::name)
				.toList();
		}

	}

	/** What a user gets. */
	private static final class Answer {

		private String text = "";

		private Throwable thrown;

		void add(CallToolResult result) {
			StringBuilder all = new StringBuilder();
			result.content().forEach((item) -> all.append(((TextContent) item).text()));
			this.text = all + (Boolean.TRUE.equals(result.isError()) ? " (isError)" : "");
		}

	}

}
