package io.github.agentresilience.mcp.internal;

import java.io.File;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

import io.github.agentresilience.chain.Layer;
import io.github.agentresilience.scorecard.internal.Scorecard;
import io.github.agentresilience.support.TestApplication;
import io.modelcontextprotocol.client.McpSyncClient;
import io.modelcontextprotocol.spec.McpSchema.CallToolRequest;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

import org.springframework.ai.mcp.SyncMcpToolCallbackProvider;
import org.springframework.context.ConfigurableApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/**
 * The reference server of the protocol's own project, where there is Node.js to run it.
 */
@Timeout(240)
class ReferenceServerTests {

	private static final String PACKAGE = "@modelcontextprotocol/server-everything";

	private static final Path FOLDER = Path.of("target", "reference-server");

	private Process process;

	private ConfigurableApplicationContext context;

	@BeforeAll
	static void install() throws Exception {
		assumeTrue(succeeds("node", "--version") && succeeds("npm", "--version"),
				"There is no Node.js, so the reference server is not tested against");
		Path module = FOLDER.resolve("node_modules").resolve(PACKAGE);
		if (!Files.exists(module)) {
			Files.createDirectories(FOLDER);
			assumeTrue(succeeds("npm", "install", "--no-audit", "--no-fund", "--prefix", FOLDER.toString(), PACKAGE),
					"The reference server cannot be installed, so it is not tested against");
		}
	}

	private static boolean succeeds(String... command) throws InterruptedException {
		try {
			Process process = new ProcessBuilder(command).redirectErrorStream(true)
				.redirectOutput(ProcessBuilder.Redirect.DISCARD)
				.start();
			return process.waitFor(180, TimeUnit.SECONDS) && process.exitValue() == 0;
		}
		catch (IOException ex) {
			return false;
		}
	}

	@AfterEach
	void close() {
		if (this.context != null) {
			this.context.close();
		}
		if (this.process != null) {
			this.process.destroyForcibly();
		}
	}

	private void start(int port) throws IOException {
		File main = FOLDER.resolve("node_modules").resolve(PACKAGE).resolve("dist").resolve("index.js").toFile();
		ProcessBuilder command = new ProcessBuilder("node", main.getPath(), "streamableHttp");
		command.environment().put("PORT", String.valueOf(port));
		command.redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.DISCARD);
		this.process = command.start();
	}

	@Test
	@SuppressWarnings("unchecked")
	void itIsUsedAgainAfterARestartWithoutOneOfOurs() throws Exception {
		int port = freePort();
		start(port);
		this.context = TestApplication.run(List.of("spring.ai.model.chat=none",
				"spring.ai.mcp.client.streamable-http.connections.everything.url=http://127.0.0.1:" + port,
				"resilience.mcp.breaker.open-for=500ms", "resilience.mcp.timeout=5s"));
		McpSyncClient client = ((List<McpSyncClient>) this.context.getBean("mcpSyncClients")).get(0);
		Awaitility.await()
			.atMost(Duration.ofSeconds(30))
			.ignoreExceptions()
			.until(() -> echo(client).contains("hello"));
		assertThat(client.listTools().tools()).hasSizeGreaterThan(5);
		this.process.destroyForcibly().waitFor();
		start(port);
		Awaitility.await()
			.atMost(Duration.ofSeconds(30))
			.ignoreExceptions()
			.until(() -> echo(client).contains("hello"));
	}

	/**
	 * The primary comes late and is killed and restarted as often as wanted, ten times a
	 * second called.
	 */
	@Test
	@EnabledIfSystemProperty(named = "reference-server.restarts", matches = "\\d+")
	@SuppressWarnings("unchecked")
	void toolsKeepTheirNamesHoweverOftenThePrimaryIsKilled() throws Exception {
		int primary = freePort();
		int fallback = freePort();
		start(fallback);
		Process second = this.process;
		ToolNamesWatch watch = null;
		try {
			this.context = TestApplication.run(List.of("spring.ai.model.chat=none",
					"spring.ai.mcp.client.streamable-http.connections.first.url=http://127.0.0.1:" + primary,
					"spring.ai.mcp.client.streamable-http.connections.second.url=http://127.0.0.1:" + fallback,
					"resilience.mcp.chains.search=first,second", "resilience.mcp.breaker.open-for=500ms"));
			McpSyncClient client = ((List<McpSyncClient>) this.context.getBean("mcpSyncClients")).get(0);
			Awaitility.await()
				.atMost(Duration.ofSeconds(30))
				.ignoreExceptions()
				.until(() -> echo(client).contains("hello"));
			watch = new ToolNamesWatch(client, this.context.getBean(SyncMcpToolCallbackProvider.class),
					() -> echo(client), Duration.ofSeconds(1));
			for (int restart = 0; restart < Integer.getInteger("reference-server.restarts"); restart++) {
				start(primary);
				long before = servedByPrimary();
				int reads = watch.reads();
				ToolNamesWatch watched = watch;
				Awaitility.await()
					.atMost(Duration.ofSeconds(60))
					.until(() -> servedByPrimary() > before && watched.reads() > reads + 1);
				this.process.destroyForcibly().waitFor();
				int readsBefore = watch.reads();
				Awaitility.await().atMost(Duration.ofSeconds(60)).until(() -> watched.reads() > readsBefore + 1);
			}
			List<String> names = watch.assertNothingDiffered();
			assertThat(names).contains("echo").hasSizeGreaterThan(5).noneMatch((name) -> name.startsWith("alt_"));
			System.out.printf("%d tools, %d calls answered, %d by the primary, names read %d times and never other%n",
					names.size(), watch.answered(), servedByPrimary(), watch.reads());
		}
		finally {
			if (watch != null) {
				watch.stop();
			}
			second.destroyForcibly();
		}
	}

	private long servedByPrimary() {
		return this.context.getBean(Scorecard.class).snapshot().layers().get(Layer.MCP).targets().get("first").served();
	}

	private static int freePort() throws IOException {
		try (ServerSocket free = new ServerSocket(0)) {
			return free.getLocalPort();
		}
	}

	private static String echo(McpSyncClient client) {
		return String
			.valueOf(client.callTool(CallToolRequest.builder("echo").arguments(Map.of("message", "hello")).build())
				.content());
	}

}
