package io.github.agentresilience.sample;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/**
 * The sample as the build processed it ahead of time, in a process of its own.
 */
@Timeout(180)
class AheadOfTimeTests {

	@Test
	void theScenariosRunFromWhatTheBuildGenerated(@TempDir Path directory) throws Exception {
		assumeTrue(
				SampleAgentApplication.class
					.getResource("SampleAgentApplication__ApplicationContextInitializer.class") != null,
				"Not processed ahead of time, which the build does and an IDE may not");
		assertThat(getClass().getResource("/io/modelcontextprotocol/client/McpSyncClient$$SpringCGLIB$$0.class"))
			.isNotNull();
		Path log = directory.resolve("output");
		Process process = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
				"-XX:TieredStopAtLevel=1", "-Dspring.aot.enabled=true", "-cp", System.getProperty("java.class.path"),
				SampleAgentApplication.class.getName(), "--sample.calls=12", "--sample.warm-up=6",
				"--sample.latency.min=1ms", "--sample.latency.max=2ms",
				"--logging.level.io.github.agentresilience.sample=info")
			.redirectErrorStream(true)
			.redirectOutput(log.toFile())
			.start();
		try {
			assertThat(process.waitFor(120, TimeUnit.SECONDS)).as("the process ends").isTrue();
			String output = Files.readString(log);
			assertThat(process.exitValue()).as(output).isZero();
			assertThat(output).contains("Starting AOT-processed SampleAgentApplication")
				.contains("mcp-fallback 100.0 %")
				.doesNotContain("ERROR", "\r");
			// A line each, where what is printed goes to no terminal
			assertThat(output.lines()).filteredOn((line) -> line.startsWith("llm: burst of 503")).hasSize(1);
		}
		finally {
			process.destroyForcibly();
		}
	}

}
