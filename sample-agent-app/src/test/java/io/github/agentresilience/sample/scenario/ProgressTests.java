package io.github.agentresilience.sample.scenario;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class ProgressTests {

	private static String printed(boolean terminal) {
		ByteArrayOutputStream bytes = new ByteArrayOutputStream();
		Progress progress = Progress.of(new PrintStream(bytes, true, StandardCharsets.UTF_8), terminal,
				"llm: burst of 503", 60);
		for (int i = 0; i < 60; i++) {
			progress.step();
		}
		progress.end();
		return bytes.toString(StandardCharsets.UTF_8);
	}

	@Test
	void aPipeGetsOneLine() {
		assertThat(printed(false)).isEqualTo("llm: burst of 503             60/60" + System.lineSeparator());
	}

	@Test
	void aTerminalGetsABarThatGrows() {
		assertThat(printed(true)).startsWith("\rllm: burst of 503             [#....")
			.contains("\rllm: burst of 503             [###############...............] 30/60")
			.endsWith("[##############################] 60/60" + System.lineSeparator())
			.containsOnlyOnce(System.lineSeparator());
	}

}
