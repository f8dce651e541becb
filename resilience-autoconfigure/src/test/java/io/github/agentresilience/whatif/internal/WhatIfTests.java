package io.github.agentresilience.whatif.internal;

import java.time.Duration;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;

import io.github.agentresilience.whatif.internal.ScriptedWorld.Rules;
import io.github.agentresilience.whatif.internal.ScriptedWorld.Weather;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

/**
 * A replay of what was recorded under one policy against a real run of another one, on
 * the same targets with the same outage.
 */
class WhatIfTests {

	private static final Duration EVERY = Duration.ofMillis(200);

	private final WhatIf whatIf = new WhatIf(System::nanoTime);

	private static long answer(Random random) {
		return 300 + (long) (200 * random.nextDouble());
	}

	/** Down from the first minute to the third. */
	private static final Weather OUTAGE = (at, random) -> (at >= 60_000 && at < 180_000) ? -50 : answer(random);

	private static final Weather HEALTHY = (at, random) -> 600 + (long) (200 * random.nextDouble());

	/** Six of ten attempts fail, for two minutes. */
	private static final Weather RANDOM = (at, random) -> (at >= 60_000 && at < 180_000 && random.nextDouble() < 0.6)
			? -50 : answer(random);

	/** One answer of ten takes eight times as long, for two minutes. */
	private static final Weather SLOW_TAIL = (at, random) -> (at >= 60_000 && at < 180_000 && random.nextDouble() < 0.1)
			? 8 * answer(random) : answer(random);

	private static ScriptedWorld world(Weather first) {
		return world(first, HEALTHY);
	}

	private static ScriptedWorld world(Weather first, Weather second) {
		return new ScriptedWorld(EVERY, Duration.ofMinutes(5)).target("a", first).target("b", second);
	}

	static Stream<Arguments> changes() {
		return Stream.of(Arguments.of("no fallback for an outage", OUTAGE, Rules.of("a", "b"), Rules.of("a")),
				Arguments.of("another order", OUTAGE, Rules.of("a", "b"), Rules.of("b", "a")),
				Arguments.of("more retries", RANDOM, Rules.of("a", "b").attempts(1), Rules.of("a", "b").attempts(3)),
				Arguments.of("fewer retries", RANDOM, Rules.of("a", "b").attempts(3), Rules.of("a", "b").attempts(1)),
				Arguments.of("a breaker that opens later", RANDOM, Rules.of("a", "b"),
						Rules.of("a", "b").minimumCalls(20)),
				Arguments.of("hedges", SLOW_TAIL, Rules.of("a", "b"),
						Rules.of("a", "b").hedgedAfter(Duration.ofMillis(700))),
				Arguments.of("no hedges", SLOW_TAIL, Rules.of("a", "b").hedgedAfter(Duration.ofMillis(700)),
						Rules.of("a", "b")),
				Arguments.of("a shorter timeout", SLOW_TAIL, Rules.of("a", "b"),
						Rules.of("a", "b").timeout(Duration.ofSeconds(1))));
	}

	@ParameterizedTest(name = "{0}")
	@MethodSource("changes")
	void theReplayAgreesWithARealRun(String change, Weather weather, Rules recorded, Rules candidate) {
		Recording recording = world(weather).run(recorded);
		WhatIf.ChainOutcome outcome = this.whatIf.ask(recording, recorded, candidate).chains().get(0);
		Recording real = world(weather).run(candidate.seed(2));
		Figures really = Figures.of(real, real.chains().get(0), candidate);
		assertClose(outcome.would(), really);
	}

	private static void assertClose(Figures predicted, Figures real) {
		assertThat(predicted.calls()).isEqualTo(real.calls());
		assertThat(predicted.successRate()).as("success rate")
			.isCloseTo(real.successRate(), within(0.1 * real.successRate()));
		assertThat(predicted.p95Ms()).as("p95").isCloseTo(real.p95Ms(), within(0.1 * real.p95Ms()));
		assertThat((double) predicted.attempts()).as("attempts")
			.isCloseTo(real.attempts(), within(0.1 * real.attempts()));
	}

	/** One that was never asked is taken to be as quick as its peers. */
	@Test
	void aFallbackThatWasNeverAskedIsSaidToBeAssumed() {
		Weather asQuick = (at, random) -> answer(random);
		Recording recording = world(OUTAGE, asQuick).run(Rules.of("a"));
		Rules candidate = Rules.of("a", "b");
		WhatIf.Outcome outcome = this.whatIf.ask(recording, Rules.of("a"), candidate);
		Recording real = world(OUTAGE, asQuick).run(candidate.seed(2));
		assertClose(outcome.chains().get(0).would(), Figures.of(real, real.chains().get(0), candidate));
		assertThat(outcome.chains().get(0).was().successRate()).isLessThan(0.7);
		assertThat(outcome.assumptions()).anyMatch((each) -> each.startsWith("No attempt at 'b' was recorded"));
	}

	@Test
	void thePolicyInForceGivesWhatWas() {
		Rules rules = Rules.of("a", "b").price(2);
		Recording recording = world(OUTAGE).run(rules);
		WhatIf.ChainOutcome outcome = this.whatIf.ask(recording, rules, rules).chains().get(0);
		assertThat(outcome.would().calls()).isEqualTo(1500);
		assertClose(outcome.would(), outcome.was());
		assertThat(outcome.replayed()).isEqualTo(outcome.would());
	}

	/** A clock that goes on by a millisecond with each look. */
	@Test
	void whatTheTimeDoesNotSufficeForIsLeftOut() {
		Rules rules = Rules.of("a", "b");
		Recording recording = world(OUTAGE).run(rules);
		AtomicLong now = new AtomicLong();
		WhatIf.Outcome outcome = new WhatIf(() -> now.addAndGet(1_000_000), Duration.ofSeconds(2)).ask(recording, rules,
				Rules.of("b"));
		assertThat(outcome.recorded()).isEqualTo(1500);
		assertThat(outcome.replayed()).isBetween(100, 1499);
		WhatIf.ChainOutcome chain = outcome.chains().get(0);
		assertThat(chain.was().calls()).isEqualTo(chain.would().calls()).isEqualTo(outcome.replayed());
	}

}
