package io.github.agentresilience.chain.internal.engine;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

import io.github.agentresilience.chain.internal.budget.RetryBudget;
import io.github.agentresilience.chain.internal.policy.RetryPolicy;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class RetryRulesTests {

	@Test
	void theBudgetAllowsAShareOfCallsAndAFloorEachSecond() {
		AtomicLong clock = new AtomicLong();
		RetryBudget budget = new RetryBudget(0.2, clock::get);
		for (int i = 0; i < 10; i++) {
			budget.callStarted(clock.get());
		}
		int allowed = 0;
		for (int i = 0; i < 20; i++) {
			allowed += budget.tryRetry() != null ? 1 : 0;
		}
		assertThat(allowed).isEqualTo(2 + 3);
		clock.addAndGet(Duration.ofSeconds(1).toNanos());
		assertThat(budget.tryRetry()).isNotNull();
	}

	@Test
	void callsOfLongAgoEarnNoRetries() {
		AtomicLong clock = new AtomicLong();
		RetryBudget busy = new RetryBudget(0.2, clock::get);
		RetryBudget quietSince = new RetryBudget(0.2, clock::get);
		for (int i = 0; i < 500; i++) {
			busy.callStarted(clock.get());
			quietSince.callStarted(clock.get());
		}
		assertThat(retriesAllowedBy(busy)).isEqualTo(100 + 3);
		clock.addAndGet(Duration.ofSeconds(10).toNanos());
		// e to the -1, or thereabouts
		assertThat(retriesAllowedBy(quietSince)).isBetween(30, 45);
		for (int i = 0; i < 500; i++) {
			quietSince.callStarted(clock.get());
		}
		clock.addAndGet(Duration.ofDays(1).toNanos());
		assertThat(retriesAllowedBy(quietSince)).isEqualTo(3);
	}

	@Test
	void aRetryThatWasNotMadeGoesBackToWhereItCameFrom() {
		AtomicLong clock = new AtomicLong();
		RetryBudget budget = new RetryBudget(0.2, clock::get);
		for (int i = 0; i < 3; i++) {
			// Given back again and again, the floor earns nothing
			for (int time = 0; time < 50; time++) {
				budget.giveBack(budget.tryRetry());
			}
			assertThat(retriesAllowedBy(budget)).isEqualTo(3);
			clock.addAndGet(Duration.ofSeconds(1).toNanos());
		}
		RetryBudget.Grant floor = budget.tryRetry();
		clock.addAndGet(Duration.ofSeconds(1).toNanos());
		// The floor of another second is not added to
		budget.giveBack(floor);
		assertThat(retriesAllowedBy(budget)).isEqualTo(3);
		for (int i = 0; i < 5; i++) {
			budget.callStarted(clock.get());
		}
		RetryBudget.Grant earned = budget.tryRetry();
		assertThat(earned).isEqualTo(RetryBudget.Grant.EARNED);
		budget.giveBack(earned);
		assertThat(retriesAllowedBy(budget)).isEqualTo(1);
	}

	private static int retriesAllowedBy(RetryBudget budget) {
		int allowed = 0;
		while (budget.tryRetry() != null) {
			allowed++;
		}
		return allowed;
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
