package io.github.agentresilience.llm.internal.warmup;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import io.github.agentresilience.llm.internal.model.LlmFixture;
import io.github.agentresilience.support.FirstCallApplication;
import io.github.agentresilience.support.ScriptedProvider;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What is loaded before the first call needs it, without a trace.
 */
@Timeout(240)
class WarmUpTests extends LlmFixture {

	@Test
	void itGoesThroughTheWholeStackAndLeavesNoThreadBehind() {
		Set<Thread> before = Thread.getAllStackTraces().keySet();
		assertThat(new WarmUp(() -> false).run()).isTrue();
		Awaitility.await()
			.untilAsserted(() -> assertThat(Thread.getAllStackTraces().keySet())
				.filteredOn((thread) -> !before.contains(thread))
				.extracting(Thread::getName)
				.noneMatch((name) -> name.startsWith("resilience-")));
	}

	@Test
	void itEndsWithTheApplication() {
		AtomicInteger asked = new AtomicInteger();
		assertThat(new WarmUp(() -> asked.incrementAndGet() == 2).run()).isFalse();
		assertThat(asked).hasValue(2);
	}

	/** In a process of its own, since in this one everything is loaded. */
	@Test
	void theFirstCallIsAnsweredInTimeAndTheProviderHasHeardOfNothingElse() throws Exception {
		String said = inANewProcess("resilience.llm.timeout=3s", "resilience.llm.first-token-timeout=3s");
		assertThat(said).contains("warm-up: true", "threads left: []", "scored before: 0", "meters before: []",
				"breakers: llm-a,llm-b" + System.lineSeparator(), "served by: a", "failed attempts: 0");
		assertThat(said.lines().filter((line) -> !line.startsWith("FIRST")))
			.noneMatch((line) -> line.contains("warm-up") || line.contains("ERROR"));
		assertThat(this.primary.requests()).extracting(ScriptedProvider.Request::body)
			.satisfiesExactly((call) -> assertThat(call).contains("the first call"),
					(stream) -> assertThat(stream).contains("the first stream"));
		assertThat(this.fallback.requests()).isEmpty();
	}

	@Test
	@Tag("goals")
	void withItTheFirstCallTakesLessThanHalfAsLong() throws Exception {
		long cold = millis(inANewProcess("resilience.llm.warm-up=false"));
		long warm = millis(inANewProcess());
		System.out.printf("The first call took %d ms, and %d ms after a warm-up%n", cold, warm);
		assertThat(warm).isLessThan(cold / 2);
	}

	private static long millis(String said) {
		return said.lines()
			.filter((line) -> line.startsWith("FIRST call ms: "))
			.mapToLong((line) -> Long.parseLong(line.substring("FIRST call ms: ".length())))
			.findFirst()
			.orElseThrow();
	}

	private String inANewProcess(String... more) throws Exception {
		File log = new File("target/first-call.log");
		List<String> command = new ArrayList<>(
				List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-cp",
						System.getProperty("java.class.path"), FirstCallApplication.class.getName()));
		for (String target : List.of("a", "b")) {
			String prefix = "resilience.llm.targets." + target + ".";
			command.add(prefix + "base-url=" + (target.equals("a") ? this.primary : this.fallback).baseUrl());
			command.add(prefix + "model=m");
			command.add(prefix + "api-key=" + KEY);
		}
		command.add("resilience.llm.chains.default=a,b");
		command.addAll(List.of(more));
		Process process = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log).start();
		try {
			assertThat(process.waitFor(110, TimeUnit.SECONDS)).isTrue();
		}
		finally {
			process.destroyForcibly();
		}
		return Files.readString(log.toPath());
	}

}
