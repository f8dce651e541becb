package io.github.agentresilience.chain.internal.engine;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;

import io.github.agentresilience.chain.StreamCommit;
import io.github.agentresilience.chain.internal.guard.GuardedTarget;
import io.github.agentresilience.chain.internal.limit.Limits;
import io.github.agentresilience.chain.internal.limit.TokenEstimate;
import io.github.agentresilience.chain.internal.policy.Defaults;
import io.github.agentresilience.chain.internal.policy.HedgePolicy;
import io.github.agentresilience.chain.internal.policy.LimitPolicy;
import io.github.agentresilience.chain.internal.policy.TargetPolicy;
import io.github.agentresilience.chain.internal.policy.TimeoutPolicy;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import org.awaitility.Awaitility;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The subscriber of a stream goes away on one thread while its retry is let through to
 * its target on another.
 */
class RetryLeftBehindTests extends ChainFixture {

	private final AtomicReference<Disposable> subscriber = new AtomicReference<>();

	/** The target has failed, so what comes next is its retry. */
	private final AtomicBoolean failed = new AtomicBoolean();

	private final AtomicBoolean left = new AtomicBoolean();

	private final TestTarget broken = TestTarget.streaming("a", (attempt) -> {
		this.failed.set(true);
		return Flux.error(new IllegalStateException("down"));
	});

	/** The limits ask it just before they let an attempt through. */
	private final TokenEstimate estimate = new TokenEstimate() {

		@Override
		public int input() {
			if (RetryLeftBehindTests.this.failed.get()) {
				Awaitility.await().until(() -> RetryLeftBehindTests.this.subscriber.get() != null);
				RetryLeftBehindTests.this.subscriber.get().dispose();
				RetryLeftBehindTests.this.left.set(true);
			}
			return 1;
		}

		@Override
		public int output(int position) {
			return 1;
		}

	};

	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void leavesNothingTaken(boolean hedged) {
		GuardedTarget<String, String> a = new GuardedTarget<>(this.broken, CircuitBreaker.of("a", BREAKER.toConfig()),
				new TargetPolicy(retry(2, Duration.ofMillis(1), Duration.ZERO), TimeoutPolicy.of(LONG),
						new HedgePolicy(hedged, LONG), StreamCommit.FIRST_CHUNK, Defaults.WEIGHT),
				Limits.of(new LimitPolicy(10, 1_000, 1), this.room));
		TargetChain<String, String> chain = chain(policy(LONG), a,
				guard(TestTarget.answering("b", "from b"), retry(1, Duration.ZERO, Duration.ZERO)));
		this.subscriber.set(chain.stream("q", CallSpec.SCORED.taking(this.estimate)).subscribe());
		Limits limits = a.limits();
		assertThat(limits).isNotNull();
		Awaitility.await().untilAsserted(() -> {
			assertThat(this.left).isTrue();
			assertThat(this.events).last().isEqualTo("CANCELLED");
			assertThat(limits.inFlight()).isZero();
		});
		assertThat(this.events).filteredOn((event) -> event.startsWith("start"))
			.hasSameSizeAs(this.events.stream().filter((event) -> event.startsWith("end")).toList());
		assertThat(a.breaker().tryAcquirePermission()).isTrue();
	}

}
