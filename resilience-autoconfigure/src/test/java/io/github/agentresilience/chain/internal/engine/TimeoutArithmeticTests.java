package io.github.agentresilience.chain.internal.engine;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

import io.github.agentresilience.chain.ChainExhaustedException;
import io.github.agentresilience.chain.internal.guard.GuardedTarget;
import io.github.agentresilience.chain.internal.policy.TimeoutPolicy;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import org.springframework.boot.convert.DurationStyle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * What docs/timeouts.md reckons is what a chain does.
 */
class TimeoutArithmeticTests extends StandingTimeFixture {

	private static final Pattern ROW = Pattern.compile(
			"^\\| (\\d+) \\| (\\w+) \\| (\\w+) \\| (\\w+) \\| (never: the deadline is over after )?(\\w+)",
			Pattern.MULTILINE);

	/** An attempt's timer ticks as often. */
	private static final Duration TICK = Duration.ofMillis(10);

	/** A row of the table. */
	record Row(int targets, Duration timeout, Duration deadline, Duration answer, boolean never, Duration after) {

		static Row of(MatchResult found) {
			return new Row(Integer.parseInt(found.group(1)), duration(found, 2), duration(found, 3), duration(found, 4),
					found.group(5) != null, duration(found, 6));
		}

		private static Duration duration(MatchResult found, int group) {
			return DurationStyle.detectAndParse(found.group(group));
		}

	}

	static List<Row> rows() throws IOException {
		List<Row> rows = ROW.matcher(Files.readString(Path.of("../docs/timeouts.md"))).results().map(Row::of).toList();
		assertThat(rows).hasSizeGreaterThan(8);
		return rows;
	}

	private TargetChain<String, String> chain(Row row) {
		List<GuardedTarget<String, String>> targets = new ArrayList<>();
		for (int i = 1; i <= row.targets(); i++) {
			Duration answer = (i < row.targets()) ? row.deadline().multipliedBy(2) : row.answer();
			TestTarget target = TestTarget.of("t" + i, (attempt) -> after(answer).map((tick) -> "the answer"));
			targets.add(
					new GuardedTarget<>(target, CircuitBreaker.of(target.name(), BREAKER.toConfig(this.runtime.time())),
							retry(2, Duration.ofMillis(100), Duration.ZERO), TimeoutPolicy.of(row.timeout())));
		}
		return new TargetChain<>(services(), "test", targets, policy(row.deadline()), null);
	}

	@ParameterizedTest
	@MethodSource("rows")
	void theCallerHasTheAnswerWhenTheTableSaysSo(Row row) throws Exception {
		long begin = this.time.nanos();
		Asked asked = ask(() -> chain(row).call("q", CallSpec.SCORED));
		int asks = 0;
		while (asks < row.targets() - 1 && elapsed(begin).plus(row.timeout()).compareTo(row.deadline()) < 0) {
			asked.then(++asks, row.timeout().plus(TICK));
		}
		asked.then(asks + 1, row.never() ? row.deadline().minus(elapsed(begin)).plus(TICK) : row.answer());
		if (row.never()) {
			assertThatExceptionOfType(ChainExhaustedException.class).isThrownBy(asked::answer)
				.withMessageContaining("deadline");
		}
		else {
			assertThat(asked.answer()).isEqualTo("the answer");
		}
		assertThat(elapsed(begin)).isBetween(row.after(), row.after().plus(TICK.multipliedBy(row.targets())));
	}

	private Duration elapsed(long begin) {
		return Duration.ofNanos(this.time.nanos() - begin);
	}

}
