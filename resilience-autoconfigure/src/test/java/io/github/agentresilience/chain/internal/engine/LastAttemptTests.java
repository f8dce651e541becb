package io.github.agentresilience.chain.internal.engine;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import io.github.agentresilience.chain.AttemptReport;
import io.github.agentresilience.chain.ChainExhaustedException;
import io.github.agentresilience.chain.FailureKind;
import io.github.agentresilience.chain.NotReplayedException;
import io.github.agentresilience.chain.StreamCommit;
import io.github.agentresilience.chain.internal.budget.RetryBudget;
import io.github.agentresilience.chain.internal.guard.GuardedTarget;
import io.github.agentresilience.chain.internal.policy.BreakerPolicy;
import io.github.agentresilience.chain.internal.policy.Defaults;
import io.github.agentresilience.chain.internal.policy.HedgePolicy;
import io.github.agentresilience.chain.internal.policy.RetryPolicy;
import io.github.agentresilience.chain.internal.policy.TargetPolicy;
import io.github.agentresilience.chain.internal.policy.TimeoutPolicy;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

/**
 * An attempt that is the last which can be made has what is left of the deadline: a slow
 * target is better than no answer.
 */
class LastAttemptTests extends StandingTimeFixture {

	private static final RetryPolicy NO_RETRY = retry(1, Duration.ZERO, Duration.ZERO);

	private static final RetryPolicy ONE_RETRY = retry(2, Duration.ofMillis(1), Duration.ZERO);

	private static final TimeoutPolicy SHORT = TimeoutPolicy.of(Duration.ofMillis(60));

	/** Until an attempt has had that time, by the ticks of its timer. */
	private static final Duration TIMED_OUT = Duration.ofMillis(70);

	private static final Duration SLOW = Duration.ofMillis(400);

	/** Longer than from the end of an attempt's time to the tick that tells of it. */
	private static final Duration QUICK = Duration.ofMillis(20);

	private static final CallSpec NOT_AT_ONCE = new CallSpec(true, null, null, false, false, () -> true);

	/**
	 * Asked in each way that a target can be: on the caller's thread, on another one, and
	 * as a stream.
	 */
	enum Way {

		CALL {
			@Override
			String ask(TargetChain<String, String> chain, CallSpec spec) {
				return chain.call("q", spec);
			}
		},

		CALL_OF_A_BEAN {
			@Override
			TestTarget as(TestTarget target) {
				return target.asBean();
			}

			@Override
			int waiting(int attempts) {
				return attempts;
			}

			@Override
			String ask(TargetChain<String, String> chain, CallSpec spec) {
				return chain.call("q", spec);
			}
		},

		STREAM {
			@Override
			String ask(TargetChain<String, String> chain, CallSpec spec) {
				return chain.stream("q", spec).blockLast(LONG);
			}
		};

		TestTarget as(TestTarget target) {
			return target;
		}

		/** How many threads wait by the time while so many attempts are in flight. */
		int waiting(int attempts) {
			return 0;
		}

		abstract String ask(TargetChain<String, String> chain, CallSpec spec);

	}

	/** Answers or is silent, by how often it has been asked. */
	private TestTarget slow(String name, Duration... answers) {
		AtomicInteger asked = new AtomicInteger();
		return TestTarget.of(name, (attempt) -> {
			int time = asked.getAndIncrement();
			Duration duration = answers[Math.min(time, answers.length - 1)];
			return after(duration).map((tick) -> "answer " + (time + 1));
		});
	}

	/** Asks, while one attempt after the other is in flight. */
	private Asked ask(Way way, CallSpec spec, TargetChain<String, String> chain) {
		return ask(() -> way.ask(chain, spec)).waiting(way.waiting(1));
	}

	private Asked ask(Way way, TargetChain<String, String> chain) {
		return ask(way, CallSpec.SCORED, chain);
	}

	private static GuardedTarget<String, String> guard(Way way, TestTarget target, RetryPolicy retry) {
		return guard(way.as(target), retry, SHORT, BREAKER);
	}

	@ParameterizedTest
	@EnumSource
	void aSlowAnswerOfTheOnlyTargetIsWaitedFor(Way way) throws Exception {
		GuardedTarget<String, String> a = guard(way, slow("a", SLOW), NO_RETRY);
		assertThat(ask(way, chain(policy(LONG), a)).then(1, TIMED_OUT).then(1, SLOW).answer()).isEqualTo("answer 1");
		assertThat(this.events).containsExactly("start a 1", "end a SUCCESS", "ANSWERED by a");
	}

	@ParameterizedTest
	@EnumSource
	void theRetryRunsBesideTheSlowAttemptWhichMayStillAnswer(Way way) throws Exception {
		GuardedTarget<String, String> a = guard(way, slow("a", SLOW, LONG), ONE_RETRY);
		Asked asked = ask(way, chain(policy(LONG), a)).then(1, TIMED_OUT);
		assertThat(asked.waiting(way.waiting(2)).then(2, SLOW).answer()).isEqualTo("answer 1");
		assertThat(this.events).containsExactlyInAnyOrder("start a 1", "start a 2", "end a SUCCESS", "end a SUPERSEDED",
				"ANSWERED by a");
		assertThat(a.breaker().getMetrics().getNumberOfSuccessfulCalls()).isEqualTo(1);
		assertThat(a.breaker().getMetrics().getNumberOfFailedCalls()).isZero();
	}

	@ParameterizedTest
	@EnumSource
	void theRetryAnswersWhereTheFirstAttemptHangs(Way way) throws Exception {
		GuardedTarget<String, String> a = guard(way, slow("a", LONG, QUICK), ONE_RETRY);
		Asked asked = ask(way, chain(policy(LONG), a)).then(1, TIMED_OUT);
		assertThat(asked.waiting(way.waiting(2)).then(2, QUICK).answer()).isEqualTo("answer 2");
		assertThat(this.events).contains("start a 2", "end a FAILURE").endsWith("ANSWERED by a");
		assertThat(a.breaker().getMetrics().getNumberOfSlowFailedCalls()).isEqualTo(1);
	}

	@ParameterizedTest
	@EnumSource
	void aCallThatMayNotBeAskedTwiceAtOnceIsAskedAgainInstead(Way way) throws Exception {
		GuardedTarget<String, String> a = guard(way, slow("a", LONG, SLOW), ONE_RETRY);
		assertThat(ask(way, NOT_AT_ONCE, chain(policy(LONG), a)).then(1, TIMED_OUT)
			.backsOffUntil(2)
			.then(2, SLOW)
			.answer()).isEqualTo("answer 2");
		assertThat(this.events).containsExactly("start a 1", "end a FAILURE", "start a 2", "end a SUCCESS",
				"ANSWERED by a");
	}

	@ParameterizedTest
	@EnumSource
	void anotherTargetThatCanBeAskedIs(Way way) throws Exception {
		GuardedTarget<String, String> a = guard(way, slow("a", LONG), ONE_RETRY);
		GuardedTarget<String, String> b = guard(way, slow("b", SLOW), NO_RETRY);
		assertThat(ask(way, chain(policy(LONG), a, b)).then(1, TIMED_OUT).then(2, TIMED_OUT).then(2, SLOW).answer())
			.isEqualTo("answer 1");
		assertThat(this.events).containsExactly("start a 1", "end a FAILURE", "start b 1", "end b SUCCESS",
				"ANSWERED by b");
	}

	@ParameterizedTest
	@EnumSource
	void targetsWhoseBreakersAreOpenDoNotMakeAnAttemptGiveUp(Way way) throws Exception {
		GuardedTarget<String, String> a = guard(way, slow("a", SLOW), NO_RETRY);
		GuardedTarget<String, String> b = guard(way, slow("b", QUICK), NO_RETRY);
		GuardedTarget<String, String> c = guard(way, slow("c", QUICK), NO_RETRY);
		b.breaker().transitionToOpenState();
		c.breaker().transitionToForcedOpenState();
		assertThat(ask(way, chain(policy(LONG), a, b, c)).then(1, TIMED_OUT).then(1, SLOW).answer())
			.isEqualTo("answer 1");
	}

	@ParameterizedTest
	@EnumSource
	void theLastTargetIsAskedThoughItsBreakerIsOpenAndHasTheTimeThatIsLeft(Way way) throws Exception {
		GuardedTarget<String, String> a = guard(way, slow("a", SLOW), ONE_RETRY);
		a.breaker().transitionToOpenState();
		assertThat(ask(way, chain(policy(LONG), a)).then(1, TIMED_OUT).then(1, SLOW).answer()).isEqualTo("answer 1");
		assertThat(a.breaker().getState()).isEqualTo(CircuitBreaker.State.HALF_OPEN);
	}

	@ParameterizedTest
	@EnumSource
	void theDeadlineEndsTheLastAttemptToo(Way way) throws Exception {
		GuardedTarget<String, String> a = guard(way, slow("a", LONG), ONE_RETRY);
		Asked asked = ask(way, chain(policy(Duration.ofMillis(500)), a)).then(1, TIMED_OUT);
		asked.waiting(way.waiting(2)).then(2, Duration.ofMillis(500));
		ChainExhaustedException thrown = catchThrowableOfType(ChainExhaustedException.class, asked::answer);
		assertThat(thrown).hasMessageContaining("deadline");
		assertThat(thrown.attempts()).extracting(AttemptReport::kind).contains(FailureKind.SILENT);
		// It had its own time, so this is not only its caller's haste
		assertThat(a.breaker().getMetrics().getNumberOfSlowFailedCalls()).isPositive();
	}

	@ParameterizedTest
	@EnumSource
	void aCallThatMustNotRunTwiceGoesBackWhenItsTimeIsOver(Way way) throws Exception {
		CallSpec once = new CallSpec(true, null, null, false, false, () -> false);
		GuardedTarget<String, String> a = guard(way, slow("a", LONG), ONE_RETRY);
		GuardedTarget<String, String> b = guard(way, slow("b", QUICK), ONE_RETRY);
		Asked asked = ask(way, once, chain(policy(LONG), a, b)).then(1, TIMED_OUT);
		assertThatThrownBy(asked::answer).isInstanceOf(NotReplayedException.class);
		assertThat(this.events).containsExactly("start a 1", "end a FAILURE", "FAILED");
	}

	@ParameterizedTest
	@EnumSource
	void aSlowAttemptThatFailsWhileItsRetryRunsLeavesTheCallToTheRetry(Way way) throws Exception {
		CountDownLatch firstFailed = new CountDownLatch(1);
		this.whenEnded = (attempt) -> firstFailed.countDown();
		AtomicInteger asked = new AtomicInteger();
		TestTarget target = TestTarget.of("a", (attempt) -> {
			if (asked.getAndIncrement() == 0) {
				return after(SLOW).flatMap((tick) -> Mono.error(new IllegalStateException("down")));
			}
			begins();
			return Mono.fromCallable(() -> firstFailed.await(20, TimeUnit.SECONDS) ? "late" : "never")
				.subscribeOn(reactor.core.scheduler.Schedulers.boundedElastic());
		});
		GuardedTarget<String, String> a = guard(way, target, ONE_RETRY);
		Asked call = ask(way, chain(policy(LONG), a)).then(1, TIMED_OUT);
		assertThat(call.waiting(way.waiting(2)).then(2, SLOW).answer()).isEqualTo("late");
	}

	@Test
	void theBudgetBoundsRetriesThatRunBesideAnAttemptToo() throws Exception {
		this.budget = new RetryBudget(0, this.runtime.clock());
		while (this.budget.tryRetry() != null) {
			// Uses up the floor of this second
		}
		GuardedTarget<String, String> a = guard(Way.CALL, slow("a", Duration.ofMillis(150)), ONE_RETRY);
		assertThat(ask(Way.CALL, chain(policy(LONG), a)).then(1, TIMED_OUT).then(1, SLOW).answer())
			.isEqualTo("answer 1");
	}

	@Test
	void aCallThatSaysHowLongAnAttemptMayTakeMeansIt() throws Exception {
		CallSpec housekeeping = new CallSpec(true, null, Duration.ofMillis(60), false, false, () -> true);
		GuardedTarget<String, String> a = guard(Way.CALL, slow("a", LONG), NO_RETRY);
		Asked asked = ask(Way.CALL, housekeeping, chain(policy(LONG), a)).then(1, TIMED_OUT);
		ChainExhaustedException thrown = catchThrowableOfType(ChainExhaustedException.class, asked::answer);
		assertThat(thrown).hasRootCauseMessage("No answer from 'a' within 60 ms");
	}

	@Test
	void chunksThatSayNothingYetAreNotTheEndOfTheWait() throws Exception {
		Flux<String> late = Flux.just("").concatWith(after(SLOW).map((tick) -> "word"));
		GuardedTarget<String, String> a = guard(TestTarget.streaming("a", (attempt) -> late), NO_RETRY, SHORT, BREAKER);
		assertThat(ask(Way.STREAM, chain(policy(LONG), a)).then(1, TIMED_OUT).then(1, SLOW).answer()).isEqualTo("word");
	}

	/**
	 * No other target is asked for what may take its time: the same one would fail again
	 * after as long.
	 */
	@Test
	void aFailureThatTookLongSendsTheCallOnAtOnce() throws Exception {
		BreakerPolicy slowAfter = BreakerPolicy.withSlowCall(Duration.ofMillis(100));
		TestTarget gateway = TestTarget.of("a", (attempt) -> after(Duration.ofMillis(200))
			.flatMap((tick) -> Mono.error(new IllegalStateException("504"))));
		GuardedTarget<String, String> a = guard(gateway, ONE_RETRY, TimeoutPolicy.of(LONG), slowAfter);
		GuardedTarget<String, String> b = guard(TestTarget.answering("b", "fine"), NO_RETRY);
		assertThat(ask(Way.CALL, chain(policy(LONG), a, b)).then(1, SLOW).answer()).isEqualTo("fine");
		assertThat(gateway.asked).hasValue(1);
		assertThat(ask(Way.STREAM, chain(policy(LONG), a, b)).then(2, SLOW).answer()).isEqualTo("fine");
		assertThat(gateway.asked).hasValue(2);
	}

	@Test
	void aFailureThatTookLongIsRetriedWhereNoOtherTargetCanBeAsked() throws Exception {
		BreakerPolicy slowAfter = BreakerPolicy.withSlowCall(Duration.ofMillis(50));
		AtomicInteger asked = new AtomicInteger();
		TestTarget target = TestTarget.of("a",
				(attempt) -> after(Duration.ofMillis(100)).flatMap((tick) -> (asked.getAndIncrement() == 0)
						? Mono.error(new IllegalStateException("504")) : Mono.just("fine")));
		GuardedTarget<String, String> a = guard(target, ONE_RETRY, TimeoutPolicy.of(LONG), slowAfter);
		assertThat(ask(Way.CALL, chain(policy(LONG), a)).then(1, SLOW).backsOffUntil(2).then(2, SLOW).answer())
			.isEqualTo("fine");
	}

	/**
	 * The silence of the first would count against the answer of the second, and keep the
	 * breaker open.
	 */
	@ParameterizedTest
	@EnumSource
	void aBreakerThatIsHalfOpenLearnsFromOneAttemptOfACall(Way way) throws Exception {
		GuardedTarget<String, String> a = guard(way, slow("a", SLOW, QUICK), ONE_RETRY);
		a.breaker().transitionToOpenState();
		a.breaker().transitionToHalfOpenState();
		assertThat(ask(way, chain(policy(LONG), a)).then(1, TIMED_OUT).then(1, SLOW).answer()).isEqualTo("answer 1");
		assertThat(this.events).containsExactly("start a 1", "end a SUCCESS", "ANSWERED by a");
		assertThat(a.breaker().getState()).isEqualTo(CircuitBreaker.State.HALF_OPEN);
		assertThat(a.breaker().getMetrics().getNumberOfFailedCalls()).isZero();
	}

	@ParameterizedTest
	@EnumSource
	void aTargetWhoseTrialsAreAllUnderWayCannotBeAsked(Way way) throws Exception {
		GuardedTarget<String, String> a = guard(way, slow("a", SLOW), NO_RETRY);
		GuardedTarget<String, String> b = guard(way, slow("b", QUICK), NO_RETRY);
		b.breaker().transitionToOpenState();
		b.breaker().transitionToHalfOpenState();
		while (b.breaker().tryAcquirePermission()) {
			// Other calls find out
		}
		assertThat(ask(way, chain(policy(LONG), a, b)).then(1, TIMED_OUT).then(1, SLOW).answer()).isEqualTo("answer 1");
	}

	@ParameterizedTest
	@EnumSource
	void aTargetThatHasATrialLeftIsAsked(Way way) throws Exception {
		GuardedTarget<String, String> a = guard(way, slow("a", LONG), NO_RETRY);
		GuardedTarget<String, String> b = guard(way, slow("b", QUICK), NO_RETRY);
		b.breaker().transitionToOpenState();
		b.breaker().transitionToHalfOpenState();
		assertThat(ask(way, chain(policy(LONG), a, b)).then(1, TIMED_OUT).then(2, QUICK).answer())
			.isEqualTo("answer 1");
		assertThat(this.events).endsWith("ANSWERED by b");
	}

	/** Nothing of its answer has gone out, so the retry may still take its place. */
	@ParameterizedTest
	@EnumSource(StreamCommit.class)
	void theRetryRunsBesideAStreamThatStallsBeforeAnythingOfItWentOut(StreamCommit commit) throws Exception {
		AtomicInteger asked = new AtomicInteger();
		String first = (commit == StreamCommit.COMPLETE) ? "half" : "";
		TestTarget stalls = TestTarget.streaming("a",
				(attempt) -> (asked.getAndIncrement() == 0)
						? Flux.just(first).concatWith(Flux.<String>never().doOnSubscribe((never) -> begins()))
						: Flux.just("whole"));
		GuardedTarget<String, String> a = new GuardedTarget<>(stalls, CircuitBreaker.of("a", BREAKER.toConfig()),
				new TargetPolicy(ONE_RETRY, SHORT, new HedgePolicy(false, null), commit, Defaults.WEIGHT));
		TargetChain<String, String> chain = chain(policy(Duration.ofSeconds(30)), a);
		List<String> all = new CopyOnWriteArrayList<>();
		assertThat(ask(() -> chain.stream("q", CallSpec.SCORED).doOnNext(all::add).blockLast(LONG)).then(1, TIMED_OUT)
			.answer()).isEqualTo("whole");
		assertThat(all).containsExactly("whole");
		assertThat(this.events).contains("start a 2", "end a FAILURE").endsWith("ANSWERED by a");
	}

}
