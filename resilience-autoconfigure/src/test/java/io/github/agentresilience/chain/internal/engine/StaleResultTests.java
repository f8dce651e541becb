package io.github.agentresilience.chain.internal.engine;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

import io.github.agentresilience.chain.WhenAllOpen;
import io.github.agentresilience.chain.internal.guard.GuardedTarget;
import io.github.agentresilience.chain.internal.policy.BreakerPolicy;
import io.github.agentresilience.chain.internal.policy.ChainPolicy;
import io.github.agentresilience.chain.internal.policy.TimeoutPolicy;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What a call found out while its breaker was another decides nothing about the breaker
 * of today.
 */
class StaleResultTests extends ChainFixture {

	private final GuardedTarget<String, String> a = guard(TestTarget.answering("a", "from a"),
			retry(1, Duration.ZERO, Duration.ZERO));

	private final CircuitBreaker breaker = this.a.breaker();

	private TargetChain<String, String> chain;

	@BeforeEach
	void chain() {
		this.chain = chain(new ChainPolicy(LONG, WhenAllOpen.FAIL_FAST), this.a);
	}

	/** A call under way. */
	private record Pending(ChainRun<String, String> run, ActiveAttempt<String, String> attempt) {

		void fails() {
			this.run.failed(this.attempt, down());
		}

		void answers() {
			this.run.answered(this.attempt, "hi", "fine");
		}

	}

	private Pending call() {
		ChainRun<String, String> run = this.chain.newRun(CallSpec.SCORED, null);
		ActiveAttempt<String, String> attempt = (ActiveAttempt<String, String>) run.start();
		assertThat(run.begin(attempt)).isSameAs(attempt);
		return new Pending(run, attempt);
	}

	private List<Pending> calls(int number) {
		List<Pending> calls = new ArrayList<>();
		for (int i = 0; i < number; i++) {
			calls.add(call());
		}
		return calls;
	}

	private void halfOpen() {
		this.breaker.transitionToOpenState();
		this.breaker.transitionToHalfOpenState();
	}

	@Test
	void oldFailuresDoNotOpenAHalfOpenBreakerAgain() {
		List<Pending> old = calls(20);
		halfOpen();
		old.forEach(Pending::fails);
		assertThat(this.breaker.getState()).isEqualTo(CircuitBreaker.State.HALF_OPEN);
		calls(2).forEach(Pending::answers);
		assertThat(this.breaker.getState()).isEqualTo(CircuitBreaker.State.CLOSED);
	}

	@Test
	void oldAnswersDoNotCloseAHalfOpenBreaker() {
		List<Pending> old = calls(5);
		halfOpen();
		old.forEach(Pending::answers);
		assertThat(this.breaker.getState()).isEqualTo(CircuitBreaker.State.HALF_OPEN);
		calls(2).forEach(Pending::fails);
		assertThat(this.breaker.getState()).isEqualTo(CircuitBreaker.State.OPEN);
	}

	@Test
	void anOldCallThatIsCancelledAddsNoPermission() {
		List<Pending> old = calls(3);
		halfOpen();
		old.forEach((call) -> call.run().cancelled(call.attempt()));
		calls(2);
		assertThat(this.breaker.tryAcquirePermission()).isFalse();
	}

	@Test
	void aProbeOfAnEarlierTimeDecidesNothingEither() {
		halfOpen();
		Pending hanging = call();
		call().fails();
		assertThat(this.breaker.getState()).isEqualTo(CircuitBreaker.State.OPEN);
		this.breaker.transitionToHalfOpenState();
		hanging.fails();
		assertThat(this.breaker.getState()).isEqualTo(CircuitBreaker.State.HALF_OPEN);
		calls(2).forEach(Pending::answers);
		assertThat(this.breaker.getState()).isEqualTo(CircuitBreaker.State.CLOSED);
	}

	@Test
	void theCallThatFindsTheBreakerReadyIsItsFirstProbe() {
		GuardedTarget<String, String> quick = guard(TestTarget.answering("a", "from a"),
				retry(1, Duration.ZERO, Duration.ZERO), TimeoutPolicy.of(LONG),
				new BreakerPolicy(20, 5, 50, Duration.ofSeconds(5), 80, Duration.ofMillis(20), 2));
		TargetChain<String, String> other = chain(policy(LONG), quick);
		quick.breaker().transitionToOpenState();
		Awaitility.await().until(() -> !quick.targetBreaker().isOpenFor(0));
		assertThat(other.call("q", CallSpec.SCORED)).isEqualTo("from a");
		assertThat(quick.breaker().getState()).isEqualTo(CircuitBreaker.State.HALF_OPEN);
		assertThat(quick.breaker().getMetrics().getNumberOfSuccessfulCalls()).isEqualTo(1);
		assertThat(other.call("q", CallSpec.SCORED)).isEqualTo("from a");
		assertThat(quick.breaker().getState()).isEqualTo(CircuitBreaker.State.CLOSED);
	}

	@Test
	void callsCountAsEverWhileTheBreakerStaysAsItIs() {
		calls(3).forEach(Pending::fails);
		calls(2).forEach(Pending::answers);
		assertThat(this.breaker.getMetrics().getNumberOfBufferedCalls()).isEqualTo(5);
		assertThat(this.breaker.getState()).isEqualTo(CircuitBreaker.State.OPEN);
	}

}
