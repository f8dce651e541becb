package io.github.agentresilience.chain.internal.limit;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

import io.github.agentresilience.chain.internal.policy.LimitPolicy;
import io.github.agentresilience.support.ManualTime;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What the headers of answers say is left is all that is taken.
 */
class LearnedLimitsTests {

	private static final Duration SECOND = Duration.ofSeconds(1);

	private final ManualTime time = ManualTime.standing();

	private final Limits limits = limits(this.time);

	private static Limits limits(ManualTime time) {
		Limits limits = Limits.of(new LimitPolicy(0, 0, 0, true), new WaitingRoom(10, time));
		assertThat(limits).isNotNull();
		return limits;
	}

	@AfterEach
	void close() {
		this.time.close();
	}

	private Taken take(int input, int output) {
		return this.limits.tryTake(new TokenEstimate() {

			@Override
			public int input() {
				return input;
			}

			@Override
			public int output(int position) {
				return output;
			}

		}, 0);
	}

	private Reservation sent() {
		Reservation attempt = (Reservation) take(10, 10);
		attempt.sent();
		return attempt;
	}

	private static void answer(Reservation attempt, int status, Map<String, String> headers) {
		attempt.answered(status, headers::get);
		attempt.used(null);
		attempt.left();
	}

	private long nanosUntilRoom() {
		return this.limits.nanosUntilRoom(Forecast.afterAll(List.of(this.limits)), null, 0);
	}

	/** How many attempts there is room for. */
	private int left() {
		int left = 0;
		while (left < 1_000 && take(10, 10) instanceof Reservation) {
			left++;
		}
		return left;
	}

	static Stream<Arguments> used() {
		return Stream.of(
				Arguments.of("OpenAI, requests",
						Map.of("x-ratelimit-remaining-requests", "3", "x-ratelimit-reset-requests", "6m0s",
								"x-ratelimit-limit-requests", "3")),
				Arguments.of("Groq, tokens",
						Map.of("x-ratelimit-remaining-tokens", "60", "x-ratelimit-reset-tokens", "120ms",
								"x-ratelimit-limit-tokens", "60")),
				Arguments.of("Azure",
						Map.of("x-ratelimit-remaining-requests", "3", "x-ratelimit-reset-requests", "10")),
				Arguments.of("Anthropic, requests",
						Map.of("anthropic-ratelimit-requests-remaining", "3", "anthropic-ratelimit-requests-reset",
								"2030-01-01T00:00:30Z")),
				Arguments.of("Anthropic, input tokens",
						Map.of("anthropic-ratelimit-input-tokens-remaining", "30",
								"anthropic-ratelimit-input-tokens-reset", "2030-01-01T00:00:30+00:00")),
				Arguments.of("Anthropic, output tokens",
						Map.of("anthropic-ratelimit-output-tokens-remaining", "39",
								"anthropic-ratelimit-output-tokens-reset", "2030-01-01T00:00:30Z")),
				Arguments.of("OpenRouter",
						Map.of("x-ratelimit-remaining", "3", "x-ratelimit-reset", "1893456030000", "x-ratelimit-limit",
								"60")),
				Arguments.of("the older draft",
						Map.of("ratelimit-remaining", "3", "ratelimit-reset", "30", "ratelimit-limit", "60")),
				Arguments.of("the draft in between", Map.of("ratelimit", "limit=60, remaining=3, reset=30")),
				Arguments.of("the draft",
						Map.of("ratelimit", "\"default\";r=3;t=30", "ratelimit-policy", "\"default\";q=60;w=60")));
	}

	@ParameterizedTest(name = "{0}")
	@MethodSource("used")
	void noMoreIsTakenThanAnAnswerSaysIsLeft(String provider, Map<String, String> headers) {
		answer(sent(), 200, headers);
		assertThat(left()).isEqualTo(3);
	}

	@ParameterizedTest
	@ValueSource(strings = { "", "-1", "NaN", "Infinity", "1e300", "abc", "0x10" })
	void whatCannotBeReadLimitsNothing(String nonsense) {
		answer(sent(), 200, Map.of("x-ratelimit-remaining-requests", "0", "x-ratelimit-reset-requests", nonsense));
		answer(sent(), 200, Map.of("x-ratelimit-remaining-tokens", "x", "x-ratelimit-reset-tokens", "1m"));
		answer(sent(), 200, Map.of("ratelimit", nonsense, "ratelimit-policy", nonsense));
		assertThat(left()).isEqualTo(1_000);
	}

	@Test
	void whatIsUsedFlowsBackUntilTheReset() {
		answer(sent(), 200, Map.of("x-ratelimit-remaining-requests", "0", "x-ratelimit-reset-requests", "60s",
				"x-ratelimit-limit-requests", "60"));
		assertThat(left()).isZero();
		assertThat(nanosUntilRoom()).isEqualTo(SECOND.toNanos());
		this.time.advance(SECOND.multipliedBy(10));
		assertThat(left()).isEqualTo(10);
		this.time.advance(SECOND.multipliedBy(50));
		assertThat(left()).isEqualTo(50);
	}

	private static Map<String, String> requests(int remaining, int seconds) {
		return Map.of("x-ratelimit-remaining-requests", String.valueOf(remaining), "x-ratelimit-reset-requests",
				seconds + "s", "x-ratelimit-limit-requests", "60");
	}

	@Test
	void whereThatLeadsToRefusalsNothingIsTakenBeforeTheReset() {
		answer(sent(), 429, requests(0, 30));
		this.time.advance(SECOND);
		answer(sent(), 429, requests(0, 29));
		this.time.advance(SECOND.multipliedBy(28));
		assertThat(left()).isZero();
		this.time.advance(SECOND);
		assertThat(left()).isEqualTo(60);
		assertThat(left()).isZero();
	}

	@Test
	void whereTheResetStaysWhereItIsNothingIsTakenBeforeIt() {
		answer(sent(), 200, requests(10, 30));
		this.time.advance(SECOND);
		answer(sent(), 200, requests(0, 29));
		this.time.advance(SECOND.multipliedBy(28));
		assertThat(left()).isZero();
		this.time.advance(SECOND);
		assertThat(left()).isEqualTo(60);
	}

	@Test
	void whereTheResetHasMovedAwayOthersTookWhatIsRefused() {
		answer(sent(), 200, requests(3, 57));
		this.time.advance(SECOND);
		answer(sent(), 200, requests(0, 60));
		for (int i = 0; i < 3; i++) {
			this.time.advance(SECOND);
			answer(sent(), 429, requests(0, 60));
		}
		this.time.advance(SECOND);
		assertThat(left()).isEqualTo(1);
	}

	@Test
	void answersThatOvertakeOthersDoNotLeaveMoreThanThereIs() {
		answer(sent(), 200, requests(50, 10));
		this.time.advance(SECOND.dividedBy(10));
		List<Reservation> attempts = List.of(sent(), sent(), sent());
		this.time.advance(SECOND.dividedBy(10));
		answer(attempts.get(2), 200, requests(47, 13));
		assertThat(this.limits.requestsLeft()).isEqualTo(45);
		answer(attempts.get(0), 200, requests(49, 11));
		answer(attempts.get(1), 200, requests(48, 12));
		assertThat(this.limits.requestsLeft()).isEqualTo(47);
	}

	@Test
	void whatIsUnderWayWhenAnAnswerComesMayNotBeCountedInIt() {
		Reservation first = sent();
		Reservation second = sent();
		Reservation third = sent();
		answer(first, 200, Map.of("x-ratelimit-remaining-requests", "4", "x-ratelimit-reset-requests", "60s"));
		assertThat(this.limits.requestsLeft()).isEqualTo(2);
		answer(second, 200, Map.of("x-ratelimit-remaining-requests", "3", "x-ratelimit-reset-requests", "60s"));
		assertThat(this.limits.requestsLeft()).isEqualTo(2);
		third.left();
		answer(sent(), 200, Map.of("x-ratelimit-remaining-requests", "1", "x-ratelimit-reset-requests", "60s"));
		assertThat(left()).isEqualTo(1);
	}

	@Test
	void whatWasNotMadeIsGivenBack() {
		answer(sent(), 200, Map.of("x-ratelimit-remaining-requests", "1", "x-ratelimit-reset-requests", "60s"));
		Reservation notMade = (Reservation) take(10, 10);
		assertThat(take(10, 10)).isEqualTo(Taken.Denied.LIMITED);
		notMade.released();
		assertThat(left()).isEqualTo(1);
	}

	@Test
	void aResetFarAwayIsNotBelievedForLong() {
		answer(sent(), 200, Map.of("x-ratelimit-remaining-requests", "0", "x-ratelimit-reset-requests", "1000h"));
		assertThat(nanosUntilRoom()).isEqualTo(SECOND.multipliedBy(60).toNanos());
		this.time.advance(SECOND.multipliedBy(60));
		assertThat(left()).isPositive();
	}

	@Test
	void aPromptThatIsLargerThanTheWholeLimitGoesOutWhenNothingIsUsed() {
		answer(sent(), 200, Map.of("x-ratelimit-remaining-tokens", "1000", "x-ratelimit-reset-tokens", "0s",
				"x-ratelimit-limit-tokens", "1000"));
		assertThat(take(5_000, 0)).isInstanceOf(Reservation.class);
	}

	/** Makes attempts two minutes apart and counts how many there was room for. */
	private int attempts(int wanted, Map<String, String> headers, boolean answered) {
		int made = 0;
		for (int i = 0; i < wanted; i++) {
			this.time.advance(SECOND.multipliedBy(120));
			if (take(10, 10) instanceof Reservation attempt) {
				attempt.sent();
				if (answered) {
					attempt.answered(200, headers::get);
				}
				attempt.used(null);
				attempt.left();
				made++;
			}
		}
		return made;
	}

	static Stream<Arguments> told() {
		return Stream.of(Arguments.of("requests", requests(0, 30)),
				Arguments.of("requests of a window",
						Map.of("x-ratelimit-remaining", "0", "x-ratelimit-reset", "30", "x-ratelimit-limit", "60")),
				Arguments.of("tokens",
						Map.of("x-ratelimit-remaining-tokens", "0", "x-ratelimit-reset-tokens", "30s",
								"x-ratelimit-limit-tokens", "60")),
				Arguments.of("all is left",
						Map.of("x-ratelimit-remaining-requests", "60", "x-ratelimit-reset-requests", "1s",
								"x-ratelimit-limit-requests", "60")),
				Arguments.of("without a window",
						Map.of("x-ratelimit-remaining-requests", "60", "x-ratelimit-reset-requests", "0s",
								"x-ratelimit-limit-requests", "60")),
				Arguments.of("a limit of nothing", Map.of("x-ratelimit-remaining-requests", "0",
						"x-ratelimit-reset-requests", "1s", "x-ratelimit-limit-requests", "0")));
	}

	@ParameterizedTest(name = "{0}")
	@MethodSource("told")
	void aTargetThatTellsOfItsLimitInRefusalsOnlyIsNotLeftOutForGood(String limit, Map<String, String> headers) {
		answer(sent(), 429, headers);
		assertThat(attempts(200, Map.of(), true)).isEqualTo(200);
		assertThat(left()).isEqualTo(1_000);
	}

	@ParameterizedTest(name = "{0}")
	@MethodSource("told")
	void aTargetThatDoesNotAnswerForAWhileIsNotLeftOutForGood(String limit, Map<String, String> headers) {
		answer(sent(), 200, headers);
		assertThat(attempts(200, Map.of(), false)).isEqualTo(200);
		assertThat(nanosUntilRoom()).isZero();
	}

	@Test
	void aLimitOfLessThanNothingIsNone() {
		answer(sent(), 200, Map.of("x-ratelimit-remaining-requests", "-1", "x-ratelimit-reset-requests", "30s",
				"x-ratelimit-limit-requests", "-1"));
		assertThat(left()).isEqualTo(1_000);
	}

	@Test
	void afterAResetTooNoMoreIsTakenThanThereIs() {
		answer(sent(), 200, requests(0, 60));
		this.time.advance(SECOND.multipliedBy(60));
		assertThat(left()).isEqualTo(60);
		assertThat(nanosUntilRoom()).isEqualTo(SECOND.toNanos());
		this.time.advance(SECOND.multipliedBy(10));
		assertThat(left()).isEqualTo(10);
		this.time.advance(SECOND.multipliedBy(600));
		assertThat(left()).isEqualTo(60);
	}

	@Test
	void afterTheResetOfAWindowTooNoMoreIsTakenThanThereIs() {
		Reservation failed = sent();
		answer(sent(), 200, Map.of("ratelimit", "limit=60, remaining=0, reset=30"));
		this.time.advance(SECOND.multipliedBy(30));
		for (int i = 0; i < 59; i++) {
			sent().left();
		}
		assertThat(nanosUntilRoom()).isEqualTo(SECOND.multipliedBy(30).toNanos());
		this.time.advance(SECOND.multipliedBy(29));
		assertThat(left()).isZero();
		this.time.advance(SECOND);
		assertThat(left()).isEqualTo(59);
		answer(failed, 503, Map.of());
		assertThat(left()).as("what a proxy says").isZero();
	}

}
