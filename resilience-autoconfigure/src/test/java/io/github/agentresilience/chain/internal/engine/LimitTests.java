package io.github.agentresilience.chain.internal.engine;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

import io.github.agentresilience.chain.ChainExhaustedException;
import io.github.agentresilience.chain.SkippedTarget;
import io.github.agentresilience.chain.TargetFailureException;
import io.github.agentresilience.chain.TokenUsage;
import io.github.agentresilience.chain.internal.guard.GuardedTarget;
import io.github.agentresilience.chain.internal.limit.Limits;
import io.github.agentresilience.chain.internal.policy.LimitPolicy;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

/**
 * A target over its limits is passed over, and what an attempt has taken of them is
 * settled when it has ended.
 */
class LimitTests extends StandingTimeFixture {

	private static final Duration MINUTE = Duration.ofMinutes(1);

	private final TestTarget second = TestTarget.answering("b", "from b");

	private final GuardedTarget<String, String> b = guard(this.second, retry(1, Duration.ZERO, Duration.ZERO));

	private static CallSpec taking(int input, int output) {
		return CallSpec.SCORED.taking(new FixedTokens(input, output));
	}

	private static TestTarget using(long input, long output) {
		return TestTarget.calling("a", (attempt) -> {
			attempt.used(new TokenUsage(input, output));
			return "from a";
		});
	}

	private static Limits limits(GuardedTarget<?, ?> target) {
		Limits limits = target.limits();
		assertThat(limits).isNotNull();
		return limits;
	}

	@Test
	void oneWhoseRequestsOfAMinuteAreUsedUpIsPassedOverUntilThereAreMore() {
		GuardedTarget<String, String> a = limited(TestTarget.answering("a", "from a"), new LimitPolicy(2, 0, 0));
		TargetChain<String, String> chain = chain(policy(LONG), a, this.b);
		assertThat(chain.call("q", CallSpec.SCORED)).isEqualTo("from a");
		assertThat(chain.stream("q", CallSpec.SCORED).blockLast()).isEqualTo("from a");
		this.events.clear();
		assertThat(chain.call("q", CallSpec.SCORED)).isEqualTo("from b");
		assertThat(this.events).containsExactly("skip a LIMITED", "start b 1", "end b SUCCESS", "ANSWERED by b");
		assertThat(chain.stream("q", CallSpec.SCORED).blockLast()).isEqualTo("from b");
		assertThat(a.breaker().getMetrics().getNumberOfNotPermittedCalls()).isZero();
		this.time.advance(MINUTE.dividedBy(2));
		assertThat(chain.call("q", CallSpec.SCORED)).isEqualTo("from a");
		assertThat(chain.call("q", CallSpec.SCORED)).isEqualTo("from b");
	}

	@Test
	void oneThatIsAskedByAsManyCallsAsItMayIsPassedOver() throws Exception {
		CountDownLatch asked = new CountDownLatch(1);
		CountDownLatch answers = new CountDownLatch(1);
		GuardedTarget<String, String> a = limited(TestTarget.calling("a", (attempt) -> {
			asked.countDown();
			assertThat(answers.await(20, TimeUnit.SECONDS)).isTrue();
			return "from a";
		}), new LimitPolicy(0, 0, 1));
		TargetChain<String, String> chain = chain(policy(LONG), a, this.b);
		Asked first = ask(() -> chain.call("q", CallSpec.SCORED));
		assertThat(asked.await(20, TimeUnit.SECONDS)).isTrue();
		assertThat(chain.call("q", CallSpec.SCORED)).isEqualTo("from b");
		assertThat(this.events).contains("skip a SATURATED");
		answers.countDown();
		assertThat(first.answer()).isEqualTo("from a");
		assertThat(chain.call("q", CallSpec.SCORED)).isEqualTo("from a");
		assertThat(limits(a).inFlight()).isZero();
	}

	@Test
	void tokensAreReservedByAnEstimateAndSettledByWhatTheAnswerUsed() {
		GuardedTarget<String, String> a = limited(using(90, 10), new LimitPolicy(0, 1_000, 0));
		TargetChain<String, String> chain = chain(policy(LONG), a, this.b);
		assertThat(chain.call("q", taking(100, 800))).isEqualTo("from a");
		assertThat(limits(a).tokensLeft()).isEqualTo(900);
		assertThat(chain.stream("q", taking(100, 800)).blockLast()).isEqualTo("from a");
		assertThat(limits(a).tokensLeft()).isEqualTo(800);
		assertThat(chain.call("q", taking(100, 800))).isEqualTo("from b");
		assertThat(limits(a).tokensLeft()).isEqualTo(800);
	}

	@Test
	void whoDoesNotSayHowLongTheAnswerMayBeReservesWhatOthersTookOfLate() {
		GuardedTarget<String, String> a = limited(using(100, 600), new LimitPolicy(0, 1_000, 0));
		TargetChain<String, String> chain = chain(policy(LONG), a, this.b);
		assertThat(chain.call("q", taking(100, 0))).isEqualTo("from a");
		assertThat(limits(a).tokensLeft()).isEqualTo(300);
		assertThat(chain.call("q", taking(100, 0))).isEqualTo("from b");
	}

	@Test
	void aRequestThatIsLargerThanTheWholeBucketPassesWhenThatIsFullAndLeavesADebt() {
		GuardedTarget<String, String> a = limited(using(2_500, 0), new LimitPolicy(0, 1_000, 0));
		TargetChain<String, String> chain = chain(policy(LONG), a, this.b);
		assertThat(chain.call("q", taking(2_500, 0))).isEqualTo("from a");
		assertThat(limits(a).tokensLeft()).isEqualTo(-1_500);
		this.time.advance(MINUTE);
		assertThat(chain.call("q", taking(1, 0))).isEqualTo("from b");
		this.time.advance(MINUTE.multipliedBy(3).dividedBy(2));
		assertThat(chain.call("q", taking(2_500, 0))).isEqualTo("from a");
	}

	@Test
	void whatARefusalDidNotUseIsGivenBackButNotTheRequest() {
		GuardedTarget<String, String> a = limited(TestTarget.calling("a", (attempt) -> {
			throw new TargetFailureException(429, "too many", (Throwable) null);
		}), new LimitPolicy(10, 1_000, 3));
		assertThat(chain(policy(LONG), a, this.b).call("q", taking(100, 100))).isEqualTo("from b");
		assertThat(limits(a).tokensLeft()).isEqualTo(1_000);
		assertThat(limits(a).requestsLeft()).isEqualTo(9);
		assertThat(limits(a).inFlight()).isZero();
	}

	@Test
	void whereTheBreakerRefusesNothingIsTaken() {
		GuardedTarget<String, String> a = limited(TestTarget.answering("a", "from a"), new LimitPolicy(10, 1_000, 3));
		TargetChain<String, String> chain = chain(policy(LONG), a, this.b);
		a.breaker().transitionToOpenState();
		assertThat(chain.call("q", taking(100, 100))).isEqualTo("from b");
		a.breaker().transitionToHalfOpenState();
		while (a.breaker().tryAcquirePermission()) {
			// As if other calls had taken all trials
		}
		assertThat(chain.call("q", taking(100, 100))).isEqualTo("from b");
		assertThat(this.events).filteredOn((event) -> event.startsWith("skip"))
			.containsExactly("skip a BREAKER_OPEN", "skip a BREAKER_OPEN");
		assertThat(limits(a).tokensLeft()).isEqualTo(1_000);
		assertThat(limits(a).requestsLeft()).isEqualTo(10);
		assertThat(limits(a).inFlight()).isZero();
	}

	@Test
	void aTrialOfAHalfOpenBreakerIsNotSpentOnAnAttemptThatLimitsRefuse() {
		GuardedTarget<String, String> a = limited(TestTarget.answering("a", "from a"), new LimitPolicy(1, 0, 0));
		TargetChain<String, String> chain = chain(policy(LONG), a, this.b);
		assertThat(chain.call("q", CallSpec.SCORED)).isEqualTo("from a");
		a.breaker().transitionToOpenState();
		a.breaker().transitionToHalfOpenState();
		int trials = a.targetBreaker().halfOpenCalls();
		for (int i = 0; i < 2 * trials; i++) {
			assertThat(chain.call("q", CallSpec.SCORED)).isEqualTo("from b");
		}
		for (int i = 0; i < trials; i++) {
			assertThat(a.breaker().tryAcquirePermission()).isTrue();
		}
	}

	@Test
	void whoBypassesABreakerKeepsToTheLimits() {
		GuardedTarget<String, String> a = limited(TestTarget.answering("a", "from a"), new LimitPolicy(1, 0, 0));
		TargetChain<String, String> chain = chain(policy(LONG), a);
		a.breaker().transitionToOpenState();
		assertThat(chain.call("q", CallSpec.SCORED)).isEqualTo("from a");
		a.breaker().transitionToOpenState();
		ChainExhaustedException thrown = catchThrowableOfType(ChainExhaustedException.class,
				() -> chain.call("q", CallSpec.SCORED));
		assertThat(thrown.attempts()).isEmpty();
		assertThat(a.breaker().getState()).isEqualTo(CircuitBreaker.State.OPEN);
	}

	@Test
	void whereAllAreOverTheirLimitsTheErrorSaysWhyAndWhenToComeBack() {
		GuardedTarget<String, String> a = limited(TestTarget.answering("a", "from a"), new LimitPolicy(1, 0, 0));
		TargetChain<String, String> chain = chain(policy(LONG), a);
		chain.call("q", CallSpec.SCORED);
		// Longer than the call may take
		ChainExhaustedException thrown = catchThrowableOfType(ChainExhaustedException.class,
				() -> chain.call("q", CallSpec.SCORED));
		assertThat(thrown).hasMessage("Every target of the llm chain 'test' was skipped; skipped: a (over its limit); "
				+ "try again in 60000 ms");
		assertThat(thrown.skipped()).extracting(SkippedTarget::reason).containsExactly(SkippedTarget.Reason.LIMITED);
		assertThat(thrown.retryIn()).isEqualTo(MINUTE);
	}

}
