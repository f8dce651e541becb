package io.github.agentresilience.chain;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class RetryRulesTests {

	@Test
	void theBudgetAllowsAShareOfCallsAndAFloorEachSecond() {
		AtomicLong clock = new AtomicLong();
		RetryBudget budget = new RetryBudget(0.2, clock::get);
		for (int i = 0; i < 10; i++) {
			budget.callStarted();
		}
		int allowed = 0;
		for (int i = 0; i < 20; i++) {
			allowed += budget.tryRetry() ? 1 : 0;
		}
		assertThat(allowed).isEqualTo(2 + 3);
		clock.addAndGet(Duration.ofSeconds(1).toNanos());
		assertThat(budget.tryRetry()).isTrue();
	}

	@Test
	void aBackoffGrowsAndIsRandomByItsJitter() {
		RetryPolicy policy = new RetryPolicy(5, Duration.ofMillis(100), 2, Duration.ofMillis(300), 0.5, Duration.ZERO);
		assertThat(policy.backoffNanos(1, 0)).isEqualTo(Duration.ofMillis(50).toNanos());
		assertThat(policy.backoffNanos(1, 1)).isEqualTo(Duration.ofMillis(100).toNanos());
		assertThat(policy.backoffNanos(2, 1)).isEqualTo(Duration.ofMillis(200).toNanos());
		assertThat(policy.backoffNanos(4, 1)).isEqualTo(Duration.ofMillis(300).toNanos());
	}

}
