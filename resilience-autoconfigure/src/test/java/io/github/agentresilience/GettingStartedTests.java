package io.github.agentresilience;

import java.io.File;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

import javax.tools.JavaFileObject;
import javax.tools.ToolProvider;

import io.github.agentresilience.support.Documents;
import io.github.agentresilience.support.Documents.Block;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Does what the page says: the files that it shows are an application and two providers,
 * and the failover is the one that it shows. Only the ports are others.
 */
@Timeout(120)
class GettingStartedTests {

	private static final List<Block> PAGE = Documents.blocks(Documents.DOCS.resolve("getting-started.md"));

	private static final String JAVA = Path.of(System.getProperty("java.home"), "bin", "java").toString();

	@TempDir
	private Path folder;

	private final int first = freePort();

	private final int second = freePort();

	private final int port = freePort();

	@Test
	void theFailoverOfThePageIsSeen() throws Exception {
		List<JavaFileObject> sources = PAGE.stream()
			.filter((block) -> block.language().equals("java"))
			.map((block) -> DocumentedBlocksTests.file(block.text()))
			.toList();
		StringWriter said = new StringWriter();
		assertThat(ToolProvider.getSystemJavaCompiler()
			.getTask(said, null, null,
					List.of("-proc:none", "-parameters", "-cp", DocumentedBlocksTests.CLASS_PATH, "-d",
							this.folder.toString()),
					null, sources)
			.call()).as("%s", said).isTrue();
		Files.writeString(this.folder.resolve("application.yml"), elsewhere(the("yaml").text()));
		List<String> answers = elsewhere(PAGE.stream()
			.filter((block) -> block.text().startsWith("$ curl -s localhost:8080/ask"))
			.findFirst()
			.orElseThrow()
			.text()).lines().filter((line) -> !line.startsWith("$")).toList();
		Process down = provider(this.first);
		Process other = provider(this.second);
		Process application = application();
		try {
			await().atMost(60, TimeUnit.SECONDS)
				.until(() -> !application.isAlive() || log().contains("Started AgentApplication"));
			assertThat(log()).contains("Started AgentApplication");
			assertThat(ask()).isEqualTo(answers.get(0));
			down.destroyForcibly().waitFor();
			for (int i = 0; i < 3; i++) {
				assertThat(ask()).isEqualTo(answers.get(1));
			}
			down = provider(this.first);
			await().atMost(20, TimeUnit.SECONDS).untilAsserted(() -> assertThat(ask()).isEqualTo(answers.get(0)));
			assertThat(get("http://localhost:" + this.port + "/actuator/scorecard").body()).startsWith("{\"since\":")
				.contains("\"fallbacks\":");
		}
		finally {
			for (Process each : List.of(application, down, other)) {
				each.destroyForcibly().waitFor();
			}
		}
		String log = log();
		the("text").text().lines().forEach((line) -> assertThat(log).contains(line));
	}

	private String log() throws IOException {
		return Files.readString(this.folder.resolve("log"));
	}

	private static Block the(String language) {
		return PAGE.stream().filter((block) -> block.language().equals(language)).findFirst().orElseThrow();
	}

	private String elsewhere(String text) {
		return text.replace("9001", String.valueOf(this.first)).replace("9002", String.valueOf(this.second));
	}

	private Process application() throws Exception {
		return new ProcessBuilder(JAVA, "-XX:TieredStopAtLevel=1", "-cp",
				this.folder + File.pathSeparator + DocumentedBlocksTests.CLASS_PATH,
				"com.example.agent.AgentApplication", "--server.port=" + this.port,
				"--spring.config.location=file:" + this.folder + "/", "--resilience.llm.breaker.open-for=200ms",
				"--spring.ai.model.chat=openai", "--spring.ai.model.embedding=openai",
				"--management.otlp.metrics.export.enabled=false", "--management.tracing.sampling.probability=0")
			.redirectErrorStream(true)
			.redirectOutput(this.folder.resolve("log").toFile())
			.start();
	}

	private Process provider(int port) throws Exception {
		Process process = new ProcessBuilder(JAVA, "-XX:TieredStopAtLevel=1", "-cp", this.folder.toString(), "Provider",
				String.valueOf(port))
			.inheritIO()
			.start();
		awaitStatus(404, "http://localhost:" + port + "/");
		return process;
	}

	private static void awaitStatus(int status, String address) {
		await().atMost(60, TimeUnit.SECONDS).ignoreExceptions().until(() -> get(address).statusCode() == status);
	}

	private String ask() throws Exception {
		return get("http://localhost:" + this.port + "/ask").body().strip();
	}

	private static HttpResponse<String> get(String address) throws Exception {
		return HttpClient.newHttpClient()
			.send(HttpRequest.newBuilder(URI.create(address)).build(), HttpResponse.BodyHandlers.ofString());
	}

	private static int freePort() {
		try (ServerSocket socket = new ServerSocket(0)) {
			return socket.getLocalPort();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

}
