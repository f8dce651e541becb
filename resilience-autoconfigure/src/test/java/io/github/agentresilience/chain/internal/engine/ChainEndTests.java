package io.github.agentresilience.chain.internal.engine;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

import io.github.agentresilience.chain.CallCancelledException;
import io.github.agentresilience.chain.ChainExhaustedException;
import io.github.agentresilience.chain.Failure;
import io.github.agentresilience.chain.WhenAllOpen;
import io.github.agentresilience.chain.internal.guard.GuardedTarget;
import io.github.agentresilience.chain.internal.policy.ChainPolicy;
import io.github.agentresilience.chain.internal.policy.RetryPolicy;
import io.github.agentresilience.chain.internal.policy.TimeoutPolicy;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

/**
 * How calls end that no target answers.
 */
class ChainEndTests extends ChainFixture {

	private static final RetryPolicy NO_RETRY = retry(1, Duration.ZERO, Duration.ZERO);

	private static final ChainPolicy FAIL_FAST = new ChainPolicy(LONG, WhenAllOpen.FAIL_FAST);

	private final CountDownLatch lastResortAsked = new CountDownLatch(1);

	private TargetChain<String, String> withPatientLastResort() {
		return chain(policy(LONG), (request, exhausted) -> {
			this.lastResortAsked.countDown();
			return Mono.<String>never().block(Duration.ofSeconds(30));
		}, guard(TestTarget.broken("a"), NO_RETRY));
	}

	@Test
	void anInterruptWhileTheLastResortIsAskedCancelsTheCall() throws Exception {
		TargetChain<String, String> chain = withPatientLastResort();
		CountDownLatch cancelled = new CountDownLatch(1);
		Thread caller = new Thread(() -> {
			assertThatThrownBy(() -> chain.call("q", CallSpec.SCORED)).isInstanceOf(CallCancelledException.class);
			assertThat(Thread.currentThread().isInterrupted()).isTrue();
			cancelled.countDown();
		});
		caller.start();
		assertThat(this.lastResortAsked.await(20, TimeUnit.SECONDS)).isTrue();
		caller.interrupt();
		assertThat(cancelled.await(20, TimeUnit.SECONDS)).isTrue();
		assertThat(this.events).endsWith("CANCELLED");
	}

	@Test
	void aStreamCancelledWhileTheLastResortIsAskedEndsAsCancelled() throws Exception {
		Disposable subscription = withPatientLastResort().stream("q", CallSpec.SCORED).subscribe();
		assertThat(this.lastResortAsked.await(20, TimeUnit.SECONDS)).isTrue();
		subscription.dispose();
		Awaitility.await().until(() -> this.events.contains("CANCELLED"));
		assertThat(this.events).containsExactly("start a 1", "end a FAILURE", "CANCELLED");
	}

	@Test
	void retryInIsWhatIsLeftOfTheTimeThatTheBreakerStaysOpen() {
		AtomicLong clock = new AtomicLong();
		CircuitBreaker breaker = CircuitBreaker.of("a",
				CircuitBreakerConfig.from(BREAKER.toConfig())
					.currentTimestampFunction((ignored) -> clock.get(), TimeUnit.NANOSECONDS)
					.build());
		TargetChain<String, String> chain = chain(FAIL_FAST,
				new GuardedTarget<>(TestTarget.answering("a", "fine"), breaker, NO_RETRY, TimeoutPolicy.of(LONG)));
		clock.addAndGet(Duration.ofHours(1).toNanos());
		breaker.transitionToOpenState();
		clock.addAndGet(Duration.ofSeconds(4).toNanos());
		ChainExhaustedException thrown = catchThrowableOfType(ChainExhaustedException.class,
				() -> chain.call("q", CallSpec.SCORED));
		assertThat(thrown.retryIn()).isEqualTo(BREAKER.openFor().minusSeconds(4));
	}

	@Test
	void aTargetIsSkippedOnceThoughItIsComeByTwice() {
		GuardedTarget<String, String> a = guard(TestTarget.broken("a"), retry(2, Duration.ofMillis(1), Duration.ZERO));
		GuardedTarget<String, String> b = guard(TestTarget.broken("b"), NO_RETRY);
		b.breaker().transitionToOpenState();
		ChainRun<String, String> run = chain(FAIL_FAST, a, b).newRun(CallSpec.SCORED, null);
		Failure silent = Failure.silent("silent", new IllegalStateException());
		ActiveAttempt<String, String> first = (ActiveAttempt<String, String>) run.start();
		run.begin(first);
		ActiveAttempt<String, String> again = (ActiveAttempt<String, String>) run.failed(first, silent);
		assertThat(again.target()).isEqualTo("a");
		run.begin(again);
		assertThat(run.failed(again, silent)).isInstanceOf(Decision.GiveUp.class);
		assertThat(this.events).filteredOn("skip b BREAKER_OPEN"::equals).hasSize(1);
	}

	@Test
	void theLastTargetIsTriedByNoMoreCallsAtOnceThanProbeAHalfOpenBreaker() {
		GuardedTarget<String, String> a = guard(TestTarget.broken("a"), NO_RETRY);
		a.breaker().transitionToOpenState();
		TargetChain<String, String> chain = chain(policy(LONG), a);
		ChainRun<String, String> one = chain.newRun(CallSpec.SCORED, null);
		ActiveAttempt<String, String> first = begun(one);
		ChainRun<String, String> two = chain.newRun(CallSpec.SCORED, null);
		ActiveAttempt<String, String> second = begun(two);
		assertThat(first.isBreakerBypass()).isTrue();
		assertThat(second.isBreakerBypass()).isTrue();
		assertThat(chain.newRun(CallSpec.SCORED, null).start()).isInstanceOf(Decision.GiveUp.class);
		// Whoever has given its place up once gives up none of another's
		one.cancelled(first);
		one.cancelledBeforeStart(first, new InterruptedException());
		first.release();
		ChainRun<String, String> three = chain.newRun(CallSpec.SCORED, null);
		ActiveAttempt<String, String> third = begun(three);
		assertThat(chain.newRun(CallSpec.SCORED, null).start()).isInstanceOf(Decision.GiveUp.class);
		assertThat(two.failed(second, down())).isInstanceOf(Decision.GiveUp.class);
		assertThat(three.answered(third, "hi", "fine")).isEqualTo(new Decision.Answer<>("fine"));
		assertThat(a.breaker().getState()).isEqualTo(CircuitBreaker.State.HALF_OPEN);
	}

	private static ActiveAttempt<String, String> begun(ChainRun<String, String> run) {
		ActiveAttempt<String, String> attempt = (ActiveAttempt<String, String>) run.start();
		assertThat(run.begin(attempt)).isSameAs(attempt);
		return attempt;
	}

}
