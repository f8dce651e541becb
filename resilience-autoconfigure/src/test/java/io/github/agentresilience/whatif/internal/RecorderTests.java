package io.github.agentresilience.whatif.internal;

import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

import io.github.agentresilience.whatif.internal.ScriptedWorld.Rules;
import org.junit.jupiter.api.Test;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * What is kept of calls, and that it goes into a file and comes back.
 */
class RecorderTests {

	private static ScriptedWorld world(Duration during) {
		return new ScriptedWorld(Duration.ofMillis(500), during)
			.target("a", (at, random) -> (at % 10_000 < 2_000) ? -20 : 200)
			.target("b", (at, random) -> 300);
	}

	@Test
	void eachCallHasItsAttempts() {
		Recording recording = world(Duration.ofMinutes(1)).run(Rules.of("a", "b"));
		assertThat(recording.calls()).hasSize(120);
		RecordedCall first = recording.calls().get(0);
		assertThat(first.isAnswered()).isTrue();
		assertThat(first.attempts()).extracting(recording::target).containsExactly("a", "a", "b");
		assertThat(first.attempts().get(0).failure()).isNotNull();
		assertThat(first.attempts().get(2).usage()).isEqualTo(new RecordedAttempt.RecordedUsage(100, 50));
		assertThat(first.attempts().get(2).durationMicros()).isEqualTo(300_000);
	}

	@Test
	void theLastHourIsKept() {
		Recording recording = world(Duration.ofMinutes(90)).run(Rules.of("a", "b"));
		assertThat(recording.calls()).hasSizeBetween(7190, 7210);
	}

	@Test
	void aFileGivesTheSameFigures() {
		Rules rules = Rules.of("a", "b").price(3);
		Recording recording = world(Duration.ofMinutes(5)).run(rules);
		String json = JsonMapper.shared().writeValueAsString(RecordingFormat.of(recording));
		Map<String, Object> fields = JsonMapper.shared().readValue(json, new TypeReference<>() {
		});
		Recording read = RecordingFormat.read(fields);
		assertThat(read.calls()).hasSameSizeAs(recording.calls());
		assertThat(Figures.of(read, read.chains().get(0), rules)).usingRecursiveComparison()
			.withComparatorForType(Comparator.comparingLong(Math::round), Double.class)
			.isEqualTo(Figures.of(recording, recording.chains().get(0), rules));
		WhatIf whatIf = new WhatIf(System::nanoTime);
		Rules other = Rules.of("b");
		assertThat(whatIf.ask(read, rules, other).chains().get(0).would().successRate())
			.isEqualTo(whatIf.ask(recording, rules, other).chains().get(0).would().successRate());
	}

	@Test
	void whatIsNoRecordingIsRefused() {
		for (Map<String, Object> wrong : List.<Map<String, Object>>of(Map.of(), Map.of("version", 2),
				Map.of("version", 1, "chains", List.of(), "calls", List.of(List.of(1)), "attempts", List.of(),
						"recordedUntil", "2030-01-01T00:00:00Z", "lengthMicros", 1))) {
			assertThatIllegalArgumentException().isThrownBy(() -> RecordingFormat.read(wrong));
		}
	}

	@Test
	void theLatestRowsAreKept() {
		Rows rows = new Rows(1);
		for (int i = 0; i < 3 * Rows.CHUNK + 7; i++) {
			add(rows, i);
		}
		long[] next = { 2L * Rows.CHUNK + 7 };
		rows.forEach((row) -> assertThat(row.call()).isEqualTo(next[0]++));
		assertThat(next[0]).isEqualTo(3L * Rows.CHUNK + 7);
		assertThat(rows.isFull()).isTrue();
	}

	@Test
	void aRowThatIsReadIsWhole() throws Exception {
		Rows rows = new Rows(1);
		ExecutorService writers = Executors.newFixedThreadPool(3);
		CountDownLatch written = new CountDownLatch(3);
		for (int writer = 0; writer < 3; writer++) {
			writers.execute(() -> {
				for (int i = 0; i < 100_000; i++) {
					add(rows, i);
				}
				written.countDown();
			});
		}
		do {
			rows.forEach((row) -> assertThat(row.call()).isEqualTo(row.start())
				.isEqualTo(row.duration())
				.isEqualTo(row.output()));
		}
		while (written.getCount() > 0);
		writers.shutdown();
		assertThat(writers.awaitTermination(20, TimeUnit.SECONDS)).isTrue();
	}

	private static void add(Rows rows, int number) {
		rows.add(Recorder.ATTEMPT, 0, 0, number, number, number, number, 0, 0, 0, 0, 0, number, number);
	}

}
