package io.github.agentresilience.chain.internal.engine;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import io.github.agentresilience.chain.CallObserver;
import io.github.agentresilience.chain.ChainExhaustedException;
import io.github.agentresilience.chain.Exchange;
import io.github.agentresilience.chain.Failure;
import io.github.agentresilience.chain.FailureKind;
import io.github.agentresilience.chain.Layer;
import io.github.agentresilience.chain.Target;
import io.github.agentresilience.chain.WhenAllOpen;
import io.github.agentresilience.chain.internal.budget.RetryBudget;
import io.github.agentresilience.chain.internal.guard.GuardedTarget;
import io.github.agentresilience.chain.internal.policy.ChainPolicy;
import io.github.agentresilience.chain.internal.policy.RetryPolicy;
import io.github.agentresilience.chain.internal.policy.TimeoutPolicy;
import io.github.agentresilience.chain.internal.route.Member;
import io.github.agentresilience.chain.internal.time.Cancellation;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Flux;

import static org.assertj.core.api.Assertions.assertThat;

@Timeout(60)
class AttemptRaceTests {

	private final ChainRuntime runtime = ChainRuntime.create();

	@AfterEach
	void close() {
		this.runtime.close();
	}

	@Test
	void answersAndTimeoutsMayRaceAndNoThreadIsInterruptedAfterwards() throws Exception {
		Target<String, String> racing = new Target<>() {

			@Override
			public String name() {
				return "racing";
			}

			@Override
			public String call(String request, Exchange attempt) throws Exception {
				attempt.pause(Duration.ofNanos(ThreadLocalRandom.current().nextLong(15_000_000, 30_000_000)));
				return "fine";
			}

			@Override
			public Flux<String> stream(String request, Exchange attempt) {
				return Flux.empty();
			}

			@Override
			public boolean cancellable() {
				return true;
			}

		};
		ChainServices<String> services = new ChainServices<>(Layer.MCP, this.runtime,
				(thrown) -> Failure.ofTransient(0, "other", thrown), new AnswerInspector<>() {
				}, new RetryBudget(1, this.runtime.clock()), List.of((call) -> new CallObserver() {
				}));
		CircuitBreaker breaker = CircuitBreaker.of("racing",
				CircuitBreakerConfig.custom().minimumNumberOfCalls(1_000_000).slidingWindowSize(1_000_000).build());
		TargetChain<String, String> chain = new TargetChain<>(services, "racing",
				List.of(new GuardedTarget<>(racing, breaker,
						new RetryPolicy(1, Duration.ZERO, 1, Duration.ZERO, 0, Duration.ZERO),
						TimeoutPolicy.of(Duration.ofMillis(20)))),
				new ChainPolicy(Duration.ofSeconds(10), WhenAllOpen.LAST_TARGET));
		CallSpec strict = new CallSpec(false, null, Duration.ofMillis(20), false, false, () -> true);
		AtomicInteger answered = new AtomicInteger();
		AtomicInteger silent = new AtomicInteger();
		AtomicInteger interrupted = new AtomicInteger();
		ExecutorService callers = Executors.newFixedThreadPool(64);
		List<Future<?>> calls = new ArrayList<>();
		for (int i = 0; i < 4000; i++) {
			calls.add(callers.submit(() -> {
				try {
					chain.call("q", strict);
					answered.incrementAndGet();
				}
				catch (ChainExhaustedException ex) {
					assertThat(ex.attempts()).extracting("kind").containsExactly(FailureKind.SILENT);
					silent.incrementAndGet();
				}
				if (Thread.currentThread().isInterrupted()) {
					interrupted.incrementAndGet();
				}
			}));
		}
		for (Future<?> call : calls) {
			call.get(20, TimeUnit.SECONDS);
		}
		callers.shutdown();
		assertThat(interrupted).hasValue(0);
		assertThat(answered.get()).isPositive();
		assertThat(silent.get()).isPositive();
		assertThat(answered.get() + silent.get()).isEqualTo(4000);
		assertThat(breaker.getMetrics().getNumberOfBufferedCalls()).isEqualTo(4000);
	}

	/**
	 * Who cancels and who says how the exchange is stopped may come at the same moment.
	 */
	@Test
	void anExchangeIsStoppedOnce() throws Exception {
		ExecutorService other = Executors.newSingleThreadExecutor();
		GuardedTarget<String, String> guard = new GuardedTarget<>(ChainFixture.TestTarget.answering("a", "fine"),
				CircuitBreaker.ofDefaults("a"), RetryPolicy.DEFAULT, TimeoutPolicy.of(Duration.ofSeconds(1)));
		TargetChain<String, String> chain = new TargetChain<>(
				new ChainServices<>(Layer.LLM, this.runtime, (thrown) -> ChainFixture.down(), new AnswerInspector<>() {
				}, new RetryBudget(1, this.runtime.clock()), List.of()), "test", List.of(guard),
				ChainFixture.policy(ChainFixture.LONG));
		for (int i = 0; i < 20_000; i++) {
			ActiveAttempt<String, String> attempt = new ActiveAttempt<>(
					new ActiveCall(chain, CallSpec.SCORED, null, 0, 1), new Member<>(guard, 0), 0, 1, 1,
					ActiveAttempt.Role.REGULAR, 0, 0, 1, false);
			AtomicInteger stopped = new AtomicInteger();
			AtomicInteger woken = new AtomicInteger();
			Future<?> cancelling = other.submit(() -> attempt.cancellation().cancel(Cancellation.Reason.SUPERSEDED));
			attempt.exchange().onCancel(stopped::incrementAndGet);
			attempt.cancellation().onSuperseded(woken::incrementAndGet);
			cancelling.get(20, TimeUnit.SECONDS);
			assertThat(stopped).hasValue(1);
			assertThat(woken).hasValue(1);
		}
		other.shutdown();
	}

}
