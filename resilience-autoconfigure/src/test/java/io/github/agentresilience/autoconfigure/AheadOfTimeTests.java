package io.github.agentresilience.autoconfigure;

import java.io.IOException;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

import io.github.agentresilience.support.AheadOfTimeApplication;
import io.github.agentresilience.support.McpTestServer;
import io.github.agentresilience.support.Reply;
import io.github.agentresilience.support.ScriptedProvider;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.boot.SpringApplicationAotProcessor;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * An application that is processed ahead of time as Spring Boot's build plugins do it,
 * without the values that only its environment has, compiled, and started from what was
 * generated.
 */
@Timeout(180)
class AheadOfTimeTests {

	private static final String KNOWN_AT_BUILD_TIME = "sk-known-at-build-time";

	private static final String KEY = "sk-from-the-environment";

	@TempDir
	private static Path directory;

	private static final ScriptedProvider gateway = new ScriptedProvider().always(Reply.status(503));

	private static final ScriptedProvider raw = new ScriptedProvider().always(Reply.text("from raw"));

	private static final ScriptedProvider sdk = new ScriptedProvider().then(Reply.status(503))
		.always(Reply.text("from the sdk"));

	private static McpTestServer server;

	private static String output;

	private static final Map<String, String> found = new LinkedHashMap<>();

	@BeforeAll
	static void buildAndRun() throws Exception {
		server = new McpTestServer("fallback");
		process();
		compile();
		run();
	}

	@AfterAll
	static void stop() {
		gateway.close();
		raw.close();
		sdk.close();
		if (server != null) {
			server.close();
		}
	}

	/**
	 * What the goal process-aot does, in a JVM of its own: where a class has been
	 * enhanced before, as other tests here have done, it is not generated again. Of the
	 * values of the environment it knows some, and others not.
	 */
	private static void process() throws Exception {
		List<String> command = List.of(java(), "-XX:TieredStopAtLevel=1", "-cp", System.getProperty("java.class.path"),
				SpringApplicationAotProcessor.class.getName(), AheadOfTimeApplication.class.getName(),
				directory.resolve("sources").toString(), directory.resolve("resources").toString(),
				directory.resolve("classes").toString(), "g", "a",
				"--spring.config.location=classpath:ahead-of-time.yml", "--RAW_KEY=" + KNOWN_AT_BUILD_TIME,
				"--RAW_URL=http://build.invalid/v1", "--TEAM_TOKEN=" + KNOWN_AT_BUILD_TIME);
		Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
		try {
			String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
			assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
			assertThat(process.exitValue()).as(said).isZero();
		}
		finally {
			process.destroyForcibly();
		}
	}

	private static String java() {
		return Path.of(System.getProperty("java.home"), "bin", "java").toString();
	}

	private static List<Path> generated() throws IOException {
		try (Stream<Path> files = Files.walk(directory)) {
			return files.filter(Files::isRegularFile).toList();
		}
	}

	private static void compile() throws IOException {
		JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
		try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, null)) {
			List<Path> sources = generated().stream().filter((file) -> file.toString().endsWith(".java")).toList();
			StringWriter said = new StringWriter();
			boolean compiled = compiler
				.getTask(said, files, null,
						List.of("-nowarn", "-proc:none", "-d", directory.resolve("classes").toString(), "-cp",
								directory.resolve("classes") + ":" + System.getProperty("java.class.path")),
						null, files.getJavaFileObjectsFromPaths(sources))
				.call();
			assertThat(compiled).as(said.toString()).isTrue();
		}
	}

	private static void run() throws Exception {
		List<String> command = new ArrayList<>(
				List.of(java(), "-XX:TieredStopAtLevel=1", "-Dspring.aot.enabled=true", "-cp",
						directory.resolve("classes") + ":" + directory.resolve("resources") + ":"
								+ System.getProperty("java.class.path"),
						AheadOfTimeApplication.class.getName(), "--spring.config.location=classpath:ahead-of-time.yml",
						"--resilience.llm.chains.late=own", "--resilience.llm.probe.enabled=true"));
		ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
		Map<String, String> environment = builder.environment();
		environment.put("GATEWAY_URL", gateway.baseUrl());
		environment.put("GATEWAY_KEY", KEY);
		environment.put("RAW_URL", raw.baseUrl());
		environment.put("RAW_KEY", KEY);
		environment.put("SDK_URL", sdk.baseUrl());
		environment.put("SDK_KEY", KEY);
		environment.put("TEAM_TOKEN", "token-from-the-environment");
		environment.put("ATTEMPT_TIMEOUT", "30s");
		environment.put("MCP_PRIMARY_URL", "http://127.0.0.1:1");
		environment.put("MCP_FALLBACK_URL", server.url());
		Process process = builder.start();
		try {
			output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
			assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
			assertThat(process.exitValue()).as(output).isZero();
		}
		finally {
			process.destroyForcibly();
		}
		output.lines().filter((line) -> line.startsWith("FOUND ")).forEach((line) -> {
			String[] parts = line.substring("FOUND ".length()).split(" = ", 2);
			found.put(parts[0], parts[1]);
		});
	}

	@Test
	void theApplicationStartsFromWhatWasGenerated() {
		assertThat(found).containsEntry("generated", "true");
		assertThat(output).contains("Starting AOT-processed AheadOfTimeApplication");
	}

	@Test
	void callsOfBothLayersGoThroughTheirChains() {
		assertThat(found).containsEntry("primary model", "ResilientChatModel")
			.containsEntry("client", "from raw")
			.containsEntry("stream", "from raw")
			.containsEntry("smart", "own")
			.containsEntry("own client", "own")
			.containsEntry("sdk", "from the sdk")
			.containsEntry("tools", "[echo, search]")
			.containsEntry("mcp clients", "[MCP client over the chain 'tools']")
			.containsEntry("mcp chains", "tools");
		assertThat(found.get("tool")).contains("fallback: echo of hi");
		assertThat(gateway.requestCount()).isPositive();
	}

	@Test
	void addressesKeysAndTimesAreThoseOfTheRun() {
		assertThat(raw.requests()).isNotEmpty().allSatisfy((request) -> {
			assertThat(request.headers().get("authorization")).isEqualTo("Bearer " + KEY);
			assertThat(request.headers().get("x-team-token")).isEqualTo("token-from-the-environment");
		});
		assertThat(found.get("timeout")).isEqualTo("PT30S");
	}

	@Test
	void chainsMayBeDeclaredAfterTheBuild() {
		assertThat(found).containsEntry("late", "own").containsEntry("llm chains", "default,late,native,sdk,smart");
	}

	@Test
	void anAutoConfiguredModelDoesNotRetryByItself() {
		assertThat(found).containsEntry("sdk refused", "exhausted after 1");
		assertThat(sdk.requestCount()).isEqualTo(2);
		assertThat(output).doesNotContain("retries of its own");
	}

	@Test
	void endpointsAreThere() {
		assertThat(found).containsEntry("scorecard", "200")
			.containsEntry("scorecard?format=html", "200")
			.containsEntry("scorecard?since=5m", "200")
			.containsEntry("resilience", "200")
			.containsEntry("chaos", "200")
			.containsEntry("experiments", "200")
			.containsEntry("whatif", "200")
			.containsEntry("replay", "200")
			.containsEntry("health", "200")
			.containsEntry("metrics/resilience.call", "200")
			.containsEntry("circuitbreakers", "200")
			.containsEntry("inject", "200")
			.containsEntry("unknown field", "400");
	}

	@Test
	void whoAsksForWhatTheBuildDecidedIsWarned() {
		assertThat(output).contains("resilience.llm.probe.enabled has no effect")
			.doesNotContain("resilience.mcp.probe.enabled has no effect")
			.doesNotContain("resilience.chaos.enabled has no effect");
	}

	@Test
	void nothingOfTheEnvironmentIsInWhatIsGenerated() throws IOException {
		List<Path> generated = generated();
		assertThat(generated)
			.anyMatch((file) -> file.toString().endsWith("LlmAutoConfiguration__BeanDefinitions.java"));
		for (Path file : generated) {
			assertThat(Files.readString(file, StandardCharsets.ISO_8859_1)).as(file.toString())
				.doesNotContain(KNOWN_AT_BUILD_TIME)
				.doesNotContain("build.invalid")
				.doesNotContain("_KEY}");
		}
	}

}
