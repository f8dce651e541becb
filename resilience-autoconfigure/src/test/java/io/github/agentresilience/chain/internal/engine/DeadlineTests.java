package io.github.agentresilience.chain.internal.engine;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

import io.github.agentresilience.chain.ChainExhaustedException;
import io.github.agentresilience.chain.internal.budget.Turn;
import io.github.agentresilience.chain.internal.guard.GuardedTarget;
import io.github.agentresilience.chain.internal.policy.BreakerPolicy;
import io.github.agentresilience.chain.internal.policy.TimeoutPolicy;
import io.github.agentresilience.chain.internal.time.Nanos;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Times that are longer than a clock can count mean for ever.
 */
class DeadlineTests extends ChainFixture {

	private static final Duration[] FOREVER = { Duration.ofSeconds(Long.MAX_VALUE),
			Duration.ofSeconds(Long.MAX_VALUE, 999_999_999), Duration.ofNanos(Long.MAX_VALUE),
			Duration.ofDays(1_000_000), Duration.ofNanos(Long.MAX_VALUE / 2) };

	static Duration[] forever() {
		return FOREVER;
	}

	private static GuardedTarget<String, String> guard(Duration timeout) {
		return guard(TestTarget.answering("a", "fine"), retry(2, timeout, timeout), TimeoutPolicy.of(timeout),
				BreakerPolicy.withSlowCall(Duration.ofSeconds(5)));
	}

	@ParameterizedTest
	@MethodSource("forever")
	void aCallMayHaveForEver(Duration forever) {
		CallSpec spec = new CallSpec(true, forever);
		assertThat(chain(policy(LONG), guard(LONG)).call("q", spec)).isEqualTo("fine");
		assertThat(chain(policy(LONG), guard(LONG)).stream("q", spec).blockLast(LONG)).isEqualTo("fine");
	}

	@ParameterizedTest
	@MethodSource("forever")
	void soMayAChainAndItsTargets(Duration forever) {
		assertThat(chain(policy(forever), guard(forever)).call("q", CallSpec.SCORED)).isEqualTo("fine");
		assertThat(chain(policy(forever), guard(forever)).stream("q", CallSpec.SCORED).blockLast(LONG))
			.isEqualTo("fine");
	}

	@ParameterizedTest
	@MethodSource("forever")
	void soMayATurn(Duration forever) {
		Turn turn = Turn.within(null, forever, this.runtime.nanoTime(), null);
		assertThat(turn.during(() -> chain(policy(LONG), guard(LONG)).call("q", CallSpec.SCORED))).isEqualTo("fine");
	}

	@ParameterizedTest
	@MethodSource("forever")
	void aBackoffForEverIsNoRetryInTime(Duration forever) {
		GuardedTarget<String, String> a = guard(TestTarget.broken("a"), retry(2, forever, Duration.ZERO));
		GuardedTarget<String, String> b = guard(TestTarget.answering("b", "fine"),
				retry(1, Duration.ZERO, Duration.ZERO));
		assertThat(chain(policy(LONG), a, b).call("q", CallSpec.SCORED)).isEqualTo("fine");
	}

	/**
	 * The deadline comes from another thread, and so may come at any point of the
	 * subscription: each stream ends all the same.
	 */
	@Test
	void aStreamWhoseDeadlineComesWhileItIsSubscribedToEnds() throws Exception {
		TargetChain<String, String> chain = chain(policy(LONG), (request, why) -> "from the last resort",
				guard(TestTarget.streaming("a", (exchange) -> Flux.never()), retry(1, Duration.ZERO, Duration.ZERO)));
		ExecutorService callers = Executors.newFixedThreadPool(16);
		try {
			List<Future<String>> answers = new ArrayList<>();
			for (int i = 0; i < 4_000; i++) {
				CallSpec spec = new CallSpec(true, Duration.ofNanos(1_000L * (i % 500)));
				answers.add(callers.submit(() -> chain.stream("q", spec).blockLast(LONG)));
			}
			for (Future<String> answer : answers) {
				assertThat(ending(answer)).isIn("from the last resort", "had no time left for the last resort");
			}
		}
		finally {
			callers.shutdownNow();
		}
	}

	private static String ending(Future<String> answer) throws InterruptedException {
		try {
			return answer.get();
		}
		catch (ExecutionException ex) {
			assertThat(ex.getCause()).isInstanceOf(ChainExhaustedException.class);
			return Stream.of(ex.getCause().getSuppressed()).anyMatch(TimeoutException.class::isInstance)
					? "had no time left for the last resort" : ex.getCause().getMessage();
		}
	}

	@Test
	void aTimeThatIsOverIsOver() {
		assertThat(Nanos.of(Duration.ofSeconds(Long.MIN_VALUE))).isNegative();
		assertThat(Nanos.of(Duration.ofSeconds(3))).isEqualTo(3_000_000_000L);
	}

	/** Its timer and its waits ended with the application, and the caller never did. */
	@ParameterizedTest(name = "in flight {0}, streaming {1}")
	@CsvSource({ "true,true", "true,false", "false,true", "false,false" })
	void aCallEndsAtItsDeadlineThoughTheApplicationIsClosed(boolean inFlight, boolean streaming) throws Exception {
		CountDownLatch asked = new CountDownLatch(1);
		TargetChain<String, String> chain = chain(policy(Duration.ofMillis(300)),
				guard(TestTarget.of("a", (exchange) -> {
					asked.countDown();
					return Mono.never();
				}), retry(1, Duration.ZERO, Duration.ZERO)));
		if (!inFlight) {
			this.runtime.close();
		}
		ExecutorService caller = Executors.newSingleThreadExecutor();
		try {
			Future<String> answer = caller.submit(() -> streaming ? chain.stream("q", CallSpec.SCORED).blockLast(LONG)
					: chain.call("q", CallSpec.SCORED));
			assertThat(asked.await(30, TimeUnit.SECONDS)).isTrue();
			this.runtime.close();
			assertThat(answer).failsWithin(LONG)
				.withThrowableOfType(ExecutionException.class)
				.withCauseInstanceOf(ChainExhaustedException.class);
		}
		finally {
			caller.shutdownNow();
		}
	}

	@Test
	void aStreamThatWaitsForItsRetryGoesOnThoughTheApplicationIsClosed() {
		AtomicInteger asked = new AtomicInteger();
		TargetChain<String, String> chain = chain(policy(LONG), guard(TestTarget.streaming("a", (exchange) -> {
			if (asked.incrementAndGet() == 1) {
				// Before the wait, so that it is not the wait that is taken along
				this.runtime.close();
				return Flux.error(new IllegalStateException("down"));
			}
			return Flux.just("fine");
		}), retry(2, Duration.ofMillis(10), Duration.ZERO)));
		assertThat(chain.stream("q", CallSpec.SCORED).blockLast(LONG)).isEqualTo("fine");
	}

}
