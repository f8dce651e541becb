package io.github.agentresilience.sample;

import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The process of a sample that cannot start.
 */
@Timeout(180)
class FailedStartTests {

	@Test
	void itEndsThoughTheEmbeddedServersHaveStarted(@TempDir Path directory) throws Exception {
		Path log = directory.resolve("output");
		try (ServerSocket taken = new ServerSocket(0)) {
			Process process = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
					"-XX:TieredStopAtLevel=1", "-cp", System.getProperty("java.class.path"),
					SampleAgentApplication.class.getName(), "--serve", "--server.port=" + taken.getLocalPort())
				.redirectErrorStream(true)
				.redirectOutput(log.toFile())
				.start();
			try {
				assertThat(process.waitFor(120, TimeUnit.SECONDS)).as("the process ends").isTrue();
				assertThat(process.exitValue()).isEqualTo(1);
				assertThat(Files.readString(log)).contains("was already in use").doesNotContain("does not stop");
			}
			finally {
				process.destroyForcibly();
			}
		}
	}

}
