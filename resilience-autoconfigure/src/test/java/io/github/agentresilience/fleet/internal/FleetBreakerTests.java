package io.github.agentresilience.fleet.internal;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

import io.github.agentresilience.chain.internal.guard.Permit;
import io.github.resilience4j.circuitbreaker.CircuitBreaker.State;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What instances tell each other of breakers that open and close, and who tries a target
 * again.
 */
class FleetBreakerTests extends FleetFixture {

	@Test
	void anOpeningIsKnownToAllForWhatIsLeftOfIt() {
		Instance one = instance();
		Instance other = instance();
		one.fails(5);
		assertThat(other.state()).isEqualTo(State.OPEN);
		assertThat(other.fleet.status().advice("OPEN")).isOne();
		assertThat(one.fleet.status().advice("OPEN")).isZero();
		this.time.advance(Duration.ofSeconds(4));
		Instance late = instance();
		assertThat(late.state()).isEqualTo(State.OPEN);
		assertThat(late.waits()).isBetween(Duration.ofMillis(5_990), Duration.ofSeconds(6));
	}

	@Test
	void failuresOfAllInstancesAreCountedTogether() {
		List<Instance> all = List.of(instance(), instance(), instance());
		for (int i = 0; i < 5; i++) {
			assertThat(all).allMatch((each) -> each.state() == State.CLOSED);
			all.get(i % 3).fails(1);
			this.time.advance(Duration.ofMillis(20));
		}
		assertThat(all).allMatch((each) -> each.state() == State.OPEN);
	}

	@Test
	void aGoodAnswerToAnyInstanceEndsTheRunOfFailures() {
		Instance one = instance();
		Instance other = instance();
		for (int i = 0; i < 20; i++) {
			one.tries().succeeded(1);
			other.tries().succeeded(1);
		}
		for (int i = 0; i < 4; i++) {
			one.fails(1);
			this.time.advance(Duration.ofMillis(20));
			other.fails(1);
			this.time.advance(Duration.ofMillis(20));
			one.tries().succeeded(1);
			this.time.advance(Duration.ofMillis(20));
		}
		assertThat(one.state()).isEqualTo(State.CLOSED);
		assertThat(other.state()).isEqualTo(State.CLOSED);
	}

	@Test
	void oneInstanceTriesAndAllCloseWhenItIsAnswered() {
		Instance one = instance();
		Instance other = instance();
		one.fails(5);
		this.time.advance(OPEN_FOR.plusMillis(1));
		assertThat(other.tries()).as("asks for its turn").isNull();
		assertThat(one.tries()).isNull();
		Permit trial = other.tries();
		assertThat(trial).isNotNull();
		assertThat(one.tries()).isNull();
		this.time.advance(Duration.ofSeconds(3));
		assertThat(one.tries()).as("the trial takes its time").isNull();
		trial.succeeded(1);
		other.tries().succeeded(1);
		assertThat(other.state()).isEqualTo(State.CLOSED);
		assertThat(one.state()).isEqualTo(State.CLOSED);
		assertThat(one.tries()).isNotNull();
		assertThat(this.store.locks).isEmpty();
	}

	@Test
	void afterATrialThatFailedAllWaitAgain() {
		Instance one = instance();
		Instance other = instance();
		one.fails(5);
		this.time.advance(OPEN_FOR.plusMillis(1));
		one.tries();
		other.tries();
		one.tries().failed(down(), 1);
		assertThat(one.state()).isEqualTo(State.OPEN);
		this.time.advance(OPEN_FOR.minusMillis(10));
		assertThat(other.tries()).isNull();
		assertThat(other.waits()).isBetween(Duration.ofMillis(5), Duration.ofMillis(15));
		this.time.advance(Duration.ofMillis(20));
		other.tries();
		assertThat(other.tries()).isNotNull();
	}

	@Test
	void anInstanceThatDiesWhileItTriesIsWaitedForNoLongerThanItsLockLasts() {
		Instance one = instance();
		Instance other = instance();
		one.fails(5);
		this.time.advance(OPEN_FOR.plusMillis(1));
		one.tries();
		assertThat(one.tries()).isNotNull();
		one.channel.down = true;
		assertThat(other.tries()).isNull();
		this.time.advance(OPEN_FOR.plusMillis(10));
		other.tries();
		assertThat(other.tries()).isNotNull();
	}

	@Test
	void whereTheStoreDoesNotAnswerEachTriesForItself() {
		Instance one = instance();
		Instance other = new Instance(OPEN_FOR, new Stalling());
		one.fails(5);
		((Stalling) other.threads).run();
		assertThat(other.state()).isEqualTo(State.OPEN);
		this.time.advance(OPEN_FOR.plusMillis(1));
		((Stalling) other.threads).run();
		assertThat(other.tries()).isNull();
		this.time.advance(Duration.ofMillis(200));
		assertThat(other.tries()).isNull();
		this.time.advance(Duration.ofMillis(60));
		assertThat(other.tries()).isNotNull();
	}

	/**
	 * Opens, is passed over, is taken out of service and put back, while the store takes
	 * whatever it is asked and does not come back.
	 */
	@Test
	@Timeout(60)
	void noCallAsksTheStoreNorWaitsForWhoDoes() throws Exception {
		ExecutorService threads = Executors.newCachedThreadPool();
		try {
			Instance one = new Instance(OPEN_FOR, threads);
			Awaitility.await().until(() -> one.fleet.status().isConnected());
			one.channel.asking.clear();
			one.channel.hanging = new CountDownLatch(1);
			for (int round = 0; round < 200; round++) {
				one.fails(5);
				assertThat(one.state()).isEqualTo(State.OPEN);
				assertThat(one.tries()).isNull();
				one.target.breaker().transitionToForcedOpenState();
				one.target.breaker().transitionToClosedState();
			}
			Awaitility.await().until(() -> !one.channel.asking.isEmpty());
			assertThat(one.channel.asking).doesNotContain(Thread.currentThread()).hasSize(1);
		}
		finally {
			threads.shutdownNow();
		}
	}

	@Test
	void withoutTheStoreEachGoesByItselfAndJoinsAgain() {
		Instance one = instance();
		Instance other = instance();
		one.channel.down = true;
		one.fails(5);
		assertThat(one.fleet.status().isConnected()).isFalse();
		assertThat(one.fleet.status().problem()).isEqualTo("IllegalStateException");
		assertThat(other.state()).isEqualTo(State.CLOSED);
		this.time.advance(Duration.ofSeconds(4));
		one.channel.down = false;
		this.time.advance(Duration.ofSeconds(1));
		assertThat(one.fleet.status().isConnected()).isTrue();
		assertThat(other.state()).isEqualTo(State.OPEN);
		assertThat(other.waits()).isLessThan(Duration.ofMillis(6_100));
	}

	@Test
	void aLateOpeningReopensNothingThatHasClosedSince() {
		Instance one = instance();
		Instance other = instance();
		one.channel.down = true;
		one.fails(5);
		other.target.breaker().transitionToOpenState();
		this.time.advance(Duration.ofSeconds(2));
		other.target.breaker().transitionToClosedState();
		one.channel.down = false;
		this.time.advance(Duration.ofSeconds(2));
		assertThat(other.state()).isEqualTo(State.CLOSED);
		assertThat(one.state()).as("learns that it is closed").isEqualTo(State.CLOSED);
	}

	@Test
	void anInstanceThatOpensForAShorterTimeShortensNothing() {
		Instance one = instance();
		Instance shorter = new Instance(Duration.ofSeconds(2), Runnable::run);
		one.fails(5);
		assertThat(shorter.waits()).as("within its own settings").isEqualTo(Duration.ofSeconds(2));
		this.time.advance(Duration.ofMillis(500));
		shorter.target.breaker().transitionToClosedState();
		this.time.advance(Duration.ofMillis(1));
		one.fails(5);
		shorter.target.breaker().transitionToOpenState();
		this.time.advance(Duration.ofSeconds(3));
		assertThat(instance().waits()).isBetween(Duration.ofMillis(6_900), Duration.ofSeconds(7));
		assertThat(one.waits()).isBetween(Duration.ofMillis(6_900), Duration.ofSeconds(7));
	}

}
