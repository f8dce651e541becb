package io.github.agentresilience.chain;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

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
	void answersAndTimeoutsMayRaceAndNobodyIsInterruptedAfterwards() throws Exception {
		Target<String, String> racing = new Target<>() {

			@Override
			public String name() {
				return "racing";
			}

			@Override
			public String call(String request, Attempt attempt) throws Exception {
				attempt.pause(Duration.ofNanos(ThreadLocalRandom.current().nextLong(15_000_000, 30_000_000)));
				return "fine";
			}

			@Override
			public Flux<String> stream(String request, Attempt attempt) {
				return Flux.empty();
			}

			@Override
			public boolean cancellable() {
				return true;
			}

		};
		Leg<String> leg = new Leg<>(Layer.MCP, this.runtime, (thrown) -> Failure.ofTransient(0, "other", thrown),
				new AnswerInspector<>() {
				}, new RetryBudget(1, this.runtime.clock()), List.of((call) -> new CallObserver() {
				}));
		CircuitBreaker breaker = CircuitBreaker.of("racing",
				CircuitBreakerConfig.custom().minimumNumberOfCalls(1_000_000).slidingWindowSize(1_000_000).build());
		TargetChain<String, String> chain = new TargetChain<>(leg, "racing",
				List.of(new GuardedTarget<>(racing, breaker,
						new RetryPolicy(1, Duration.ZERO, 1, Duration.ZERO, 0, Duration.ZERO),
						TimeoutPolicy.of(Duration.ofMillis(20)))),
				new ChainPolicy(Duration.ofSeconds(10), ChainPolicy.WhenAllOpen.LAST_TARGET));
		AtomicInteger answered = new AtomicInteger();
		AtomicInteger silent = new AtomicInteger();
		AtomicInteger interrupted = new AtomicInteger();
		ExecutorService callers = Executors.newFixedThreadPool(64);
		List<Future<?>> calls = new ArrayList<>();
		for (int i = 0; i < 4000; i++) {
			calls.add(callers.submit(() -> {
				try {
					chain.call("q", CallSpec.SCORED);
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

}
