package io.github.agentresilience.chain.internal.engine;

import java.time.Duration;
import java.util.List;

import io.github.agentresilience.chain.ChainExhaustedException;
import io.github.agentresilience.chain.internal.policy.TimeoutPolicy;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * A call whose caller does not wait on a thread has the times of a call all the same.
 */
class AskedWithoutThreadTests extends ChainFixture {

	private static final Duration SHORT = Duration.ofMillis(100);

	private TargetChain<String, String> chain(Duration answer, TimeoutPolicy timeouts) {
		return chain(policy(Duration.ofMillis(600)),
				guard(TestTarget.of("a", (attempt) -> Mono.delay(answer, this.runtime.scheduler()).thenReturn("fine")),
						retry(1, Duration.ZERO, Duration.ZERO), timeouts, BREAKER),
				guard(TestTarget.broken("b"), retry(1, Duration.ZERO, Duration.ZERO)));
	}

	@Test
	void theTimeToAFirstChunkIsNotItsBusiness() {
		assertThat(chain(SHORT.multipliedBy(2), new TimeoutPolicy(LONG, SHORT, SHORT)).ask("hi", CallSpec.SCORED)
			.collectList()
			.block(LONG)).isEqualTo(List.of("fine"));
		assertThat(this.events).containsExactly("start a 1", "end a SUCCESS", "ANSWERED by a");
	}

	@Test
	void theTimeoutOfAnAttemptIs() {
		assertThatExceptionOfType(ChainExhaustedException.class).isThrownBy(
				() -> chain(LONG, new TimeoutPolicy(SHORT, LONG, LONG)).ask("hi", CallSpec.SCORED).blockLast(LONG));
		assertThat(this.events).containsExactly("start a 1", "end a FAILURE", "start b 1", "end b FAILURE", "FAILED");
	}

}
