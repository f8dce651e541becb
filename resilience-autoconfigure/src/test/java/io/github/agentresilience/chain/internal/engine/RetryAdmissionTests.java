package io.github.agentresilience.chain.internal.engine;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

import io.github.agentresilience.chain.ChainExhaustedException;
import io.github.agentresilience.chain.internal.budget.RetryBudget;
import io.github.agentresilience.chain.internal.guard.GuardedTarget;
import io.github.agentresilience.chain.internal.policy.ChainPolicy;
import io.github.agentresilience.chain.internal.policy.Defaults;
import io.github.agentresilience.support.ManualTime;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.Disposable;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

/**
 * A retry asks for leave when it is due, not when it is decided on.
 */
class RetryAdmissionTests extends ChainFixture {

	private static final Duration BACKOFF = Duration.ofMillis(50);

	private final ManualTime time = (ManualTime) this.runtime.time();

	RetryAdmissionTests() {
		super(ManualTime.running());
	}

	private final GuardedTarget<String, String> a = guard(TestTarget.broken("a"), retry(2, BACKOFF, Duration.ZERO));

	private final GuardedTarget<String, String> b = guard(TestTarget.answering("b", "fine"),
			retry(2, BACKOFF, Duration.ZERO));

	private ChainRun<String, String> run(ChainPolicy policy) {
		return chain(policy, this.a, this.b).newRun(CallSpec.SCORED, null);
	}

	/** The retry that follows from a first attempt that failed. */
	private static ActiveAttempt<String, String> failOnce(ChainRun<String, String> run) {
		ActiveAttempt<String, String> first = (ActiveAttempt<String, String>) run.start();
		assertThat(run.begin(first)).isSameAs(first);
		ActiveAttempt<String, String> retry = (ActiveAttempt<String, String>) run.failed(first, down());
		assertThat(retry.target()).isEqualTo("a");
		assertThat(retry.tryOnTarget()).isEqualTo(2);
		return retry;
	}

	private static void assertGoesToB(Decision<String, String> step) {
		assertThat(step).isInstanceOfSatisfying(ActiveAttempt.class, (attempt) -> {
			assertThat(attempt.target()).isEqualTo("b");
			assertThat(attempt.ordinal()).isEqualTo(2);
			assertThat(attempt.delayNanos()).isZero();
		});
	}

	@Test
	void aRetryDoesNotSitOutTheRetryAfterOfAnotherCall() {
		TestTarget limited = TestTarget.calling("a", (attempt) -> {
			// Another call has just been told so
			((ActiveAttempt<?, ?>) attempt.attempt()).guard()
				.coolDown(this.runtime.nanoTime(), Duration.ofSeconds(60).toNanos());
			throw new IllegalStateException("down");
		});
		TargetChain<String, String> chain = chain(policy(LONG),
				guard(limited, retry(2, BACKOFF, Duration.ofSeconds(1))), this.b);
		assertThat(chain.call("q", CallSpec.SCORED)).isEqualTo("fine");
		assertThat(chain.stream("q", CallSpec.SCORED).blockLast()).isEqualTo("fine");
		assertThat(limited.asked).hasValue(1);
	}

	@Test
	void aRetryAfterThatComesDuringTheBackoffIsHonoured() {
		ChainRun<String, String> run = run(policy(LONG));
		ActiveAttempt<String, String> retry = failOnce(run);
		this.a.coolDown(this.runtime.nanoTime(), Duration.ofSeconds(60).toNanos());
		assertGoesToB(run.begin(retry));
	}

	@Test
	void aWaitThatIsLongEnoughIsSatOutThoughTheClockStandsStill() {
		GuardedTarget<String, String> patient = guard(TestTarget.broken("a"), retry(2, BACKOFF, Duration.ofSeconds(5)));
		ChainRun<String, String> run = chain(policy(LONG), patient, this.b).newRun(CallSpec.SCORED, null);
		ActiveAttempt<String, String> first = (ActiveAttempt<String, String>) run.start();
		run.begin(first);
		ActiveAttempt<String, String> retry = (ActiveAttempt<String, String>) run.failed(first,
				down().withRetryAfter(Duration.ofSeconds(2)));
		assertThat(Duration.ofNanos(retry.delayNanos())).isBetween(Duration.ofMillis(1), Duration.ofSeconds(2));
		assertThat(run.begin(retry)).isSameAs(retry);
	}

	@Test
	void aWaitLongerThanMaxRetryAfterSendsTheCallOn() {
		GuardedTarget<String, String> patient = guard(TestTarget.broken("a"), retry(2, BACKOFF, Duration.ofSeconds(5)));
		ChainRun<String, String> run = chain(policy(LONG), patient, this.b).newRun(CallSpec.SCORED, null);
		ActiveAttempt<String, String> first = (ActiveAttempt<String, String>) run.start();
		run.begin(first);
		assertGoesToB(run.failed(first, down().withRetryAfter(Duration.ofSeconds(6))));
	}

	@Test
	void aRetryWhoseBreakerOpenedDuringTheBackoffGoesToTheNextTarget() {
		ChainRun<String, String> run = run(policy(LONG));
		ActiveAttempt<String, String> retry = failOnce(run);
		this.a.breaker().transitionToOpenState();
		assertGoesToB(run.begin(retry));
		assertThat(this.events).containsExactly("start a 1", "end a FAILURE");
	}

	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void aHedgedCallFollowsTheSameRule(boolean coolsDown) {
		TargetChain<String, String> chain = chain(policy(LONG), this.a,
				hedged(TestTarget.answering("b", "fine"), retry(2, BACKOFF, Duration.ZERO), Duration.ofSeconds(10)));
		assertThat(chain.hedges()).isTrue();
		ChainRun<String, String> run = chain.newRun(CallSpec.SCORED, null);
		ActiveAttempt<String, String> retry = failOnce(run);
		if (coolsDown) {
			this.a.coolDown(this.runtime.nanoTime(), Duration.ofSeconds(60).toNanos());
		}
		else {
			this.a.breaker().transitionToOpenState();
		}
		Decision<String, String> next = run.begin(retry);
		assertGoesToB(next);
		assertThat(run.begin((ActiveAttempt<String, String>) next)).isSameAs(next);
		assertThat(run.answered((ActiveAttempt<String, String>) next, "hi", "fine"))
			.isEqualTo(new Decision.Answer<>("fine"));
	}

	@Test
	void aBackoffHoldsNoPermissionOfAHalfOpenBreaker() {
		ChainRun<String, String> run = run(policy(LONG));
		ActiveAttempt<String, String> retry = failOnce(run);
		this.a.breaker().transitionToOpenState();
		this.a.breaker().transitionToHalfOpenState();
		assertThat(this.a.breaker().tryAcquirePermission()).isTrue();
		assertThat(this.a.breaker().tryAcquirePermission()).isTrue();
		assertGoesToB(run.begin(retry));
	}

	@Test
	void aRetryThatIsNotMadeCostsNothing() {
		this.budget = new RetryBudget(0, () -> 0);
		ChainRun<String, String> refused = run(policy(LONG));
		ActiveAttempt<String, String> retry = failOnce(refused);
		this.a.breaker().transitionToOpenState();
		assertGoesToB(refused.begin(retry));
		this.a.breaker().transitionToClosedState();
		ChainRun<String, String> left = run(policy(LONG));
		left.cancelledBeforeStart(failOnce(left), new InterruptedException());
		int allowed = 0;
		while (this.budget.tryRetry() != null) {
			allowed++;
		}
		assertThat(allowed).isEqualTo(Defaults.RETRY_FLOOR_PER_SECOND);
	}

	@Test
	void aBackoffThatWouldPassTheDeadlineIsNotBegun() {
		GuardedTarget<String, String> slow = guard(TestTarget.broken("a"),
				retry(2, Duration.ofSeconds(30), Duration.ZERO));
		long start = System.nanoTime();
		ChainExhaustedException thrown = catchThrowableOfType(ChainExhaustedException.class,
				() -> chain(policy(Duration.ofSeconds(15)), slow).call("q", CallSpec.SCORED));
		assertThat(thrown.attempts()).hasSize(1);
		assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(10));
	}

	@Test
	void aRetryThatIsDueAfterTheDeadlineIsNotMade() {
		TargetChain<String, String> chain = chain(policy(Duration.ofMillis(200)), this.a, this.b);
		ChainRun<String, String> run = chain.newRun(CallSpec.SCORED, null);
		ActiveAttempt<String, String> retry = failOnce(run);
		Awaitility.await().until(() -> run.remainingNanos() <= 0);
		assertThat(run.begin(retry)).isInstanceOfSatisfying(Decision.GiveUp.class,
				(giveUp) -> assertThat(giveUp.failure()).isInstanceOf(ChainExhaustedException.class)
					.hasMessageContaining("deadline"));
	}

	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void callsInTheirBackoffDoNotHitATargetWhoseBreakerHasOpened(boolean streaming) throws Exception {
		int calls = 20;
		CountDownLatch allIn = new CountDownLatch(calls);
		TestTarget down = TestTarget.calling("a", (attempt) -> {
			allIn.countDown();
			allIn.await(20, TimeUnit.SECONDS);
			throw new IllegalStateException("down");
		});
		TargetChain<String, String> chain = chain(policy(LONG),
				guard(down, retry(2, Duration.ofSeconds(1), Duration.ZERO)), this.b);
		ExecutorService callers = Executors.newFixedThreadPool(calls);
		List<Future<String>> answers = new ArrayList<>();
		for (int i = 0; i < calls; i++) {
			answers.add(callers.submit(() -> streaming ? chain.stream("q", CallSpec.SCORED).blockLast()
					: chain.call("q", CallSpec.SCORED)));
		}
		Awaitility.await().until(() -> this.events.stream().filter("end a FAILURE"::equals).count() == calls);
		Awaitility.await().pollInterval(Duration.ofMillis(1)).until(() -> {
			this.time.advance(Duration.ofMillis(100));
			return answers.stream().allMatch(Future::isDone);
		});
		for (Future<String> answer : answers) {
			assertThat(answer.get(20, TimeUnit.SECONDS)).isEqualTo("fine");
		}
		callers.shutdown();
		assertThat(down.asked).hasValue(calls);
		assertThat(chain.targets().get(0).breaker().getState()).hasToString("OPEN");
	}

	@Test
	void aStreamCancelledInItsBackoffLeavesNothingBehind() {
		TargetChain<String, String> chain = chain(policy(LONG),
				guard(TestTarget.broken("a"), retry(2, Duration.ofSeconds(10), Duration.ZERO)), this.b);
		Disposable subscription = chain.stream("q", CallSpec.SCORED).subscribe();
		assertThat(this.events).containsExactly("start a 1", "end a FAILURE");
		subscription.dispose();
		assertThat(this.events).containsExactly("start a 1", "end a FAILURE", "CANCELLED");
	}

}
