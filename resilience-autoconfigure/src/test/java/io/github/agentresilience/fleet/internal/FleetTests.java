package io.github.agentresilience.fleet.internal;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

import io.github.agentresilience.autoconfigure.internal.fleet.SharedExperiments;
import io.github.agentresilience.chain.Failure;
import io.github.agentresilience.chain.internal.engine.ChainFixture;
import io.github.agentresilience.chain.internal.engine.ChainRegistry;
import io.github.agentresilience.chain.internal.guard.GuardedTarget;
import io.github.agentresilience.chain.internal.guard.Permit;
import io.github.agentresilience.chain.internal.policy.BreakerPolicy;
import io.github.agentresilience.chain.internal.policy.TimeoutPolicy;
import io.github.agentresilience.chaos.internal.experiment.OneAtATime;
import io.github.agentresilience.fleet.FleetEntry;
import io.github.agentresilience.support.ManualTime;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreaker.State;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Instances that share what they know, in a time that stands still in between.
 */
class FleetTests extends ChainFixture {

	private static final Duration OPEN_FOR = Duration.ofSeconds(10);

	private final ManualTime time;

	private final MemoryChannel.Store store;

	FleetTests() {
		super(ManualTime.standing());
		this.time = (ManualTime) this.runtime.time();
		this.store = new MemoryChannel.Store(this.time);
	}

	private Instance instance() {
		return new Instance(OPEN_FOR, Runnable::run);
	}

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

	@Test
	void aCooldownIsSharedAndOnlyEverExtended() {
		Instance one = instance();
		Instance other = instance();
		one.target.coolDown(this.time.nanos(), TimeUnit.SECONDS.toNanos(60));
		assertThat(other.cools()).isEqualTo(Duration.ofSeconds(60));
		this.time.advance(Duration.ofSeconds(10));
		other.target.coolDown(this.time.nanos(), TimeUnit.SECONDS.toNanos(5));
		assertThat(one.cools()).isEqualTo(Duration.ofSeconds(50));
		assertThat(instance().cools()).isEqualTo(Duration.ofSeconds(50));
		other.target.endCooldown();
		assertThat(one.cools()).isZero();
		assertThat(instance().cools()).isZero();
	}

	@Test
	void anOperatorsDecisionHoldsForAllUntilItIsTakenBack() {
		Instance one = instance();
		Instance other = instance();
		one.fails(5);
		this.time.advance(OPEN_FOR.plusMillis(1));
		other.tries();
		Permit trial = other.tries();
		one.target.breaker().transitionToForcedOpenState();
		assertThat(other.state()).isEqualTo(State.FORCED_OPEN);
		trial.succeeded(1);
		assertThat(one.state()).isEqualTo(State.FORCED_OPEN);
		this.time.advance(Duration.ofHours(30));
		assertThat(instance().state()).isEqualTo(State.FORCED_OPEN);
		this.store.kept.clear();
		this.time.advance(Duration.ofSeconds(6));
		assertThat(instance().state()).as("after the store has lost everything").isEqualTo(State.FORCED_OPEN);
		other.target.breaker().transitionToClosedState();
		assertThat(one.state()).isEqualTo(State.CLOSED);
		assertThat(instance().state()).isEqualTo(State.CLOSED);
	}

	@Test
	void whatAnApplicationForcesOpenByItselfIsNotTakenBackByOthers() {
		Instance one = instance();
		one.target.breaker().transitionToDisabledState();
		one.target.breaker().transitionToClosedState();
		Instance other = new Instance(OPEN_FOR, Runnable::run, State.FORCED_OPEN);
		assertThat(other.state()).isEqualTo(State.FORCED_OPEN);
	}

	@Test
	void whatIsDueIsStartedByOneInstanceAndRunByOneAtATime() throws Exception {
		Instance first = instance();
		Instance second = instance();
		OneAtATime one = new SharedExperiments(first.fleet, this.time);
		OneAtATime other = new SharedExperiments(second.fleet, this.time);
		assertThat(one.isFirst("nightly/1", LONG)).isTrue();
		assertThat(other.isFirst("nightly/1", LONG)).isFalse();
		assertThat(other.isFirst("nightly/2", LONG)).isTrue();
		one.enter(LONG);
		assertThat(second.fleet.locks().lock("experiment", LONG)).isPositive();
		one.leave();
		other.enter(LONG);
		assertThat(first.fleet.locks().lock("experiment", LONG)).isPositive();
		second.channel.down = true;
		first.channel.down = true;
		assertThat(one.isFirst("nightly/2", LONG)).as("goes by itself").isTrue();
	}

	@Test
	void anApplicationThatIsStoppedAndStartedAgainJoinsAgain() {
		Instance one = instance();
		Instance other = instance();
		one.fleet.close();
		assertThat(one.fleet.status().isConnected()).isFalse();
		other.fails(5);
		assertThat(one.state()).isEqualTo(State.CLOSED);
		one.fleet.start(1);
		assertThat(one.state()).isEqualTo(State.OPEN);
	}

	@Test
	void whatIsHeardIsBoundedByOnesOwnSettings() {
		Instance one = instance();
		hears("a/breaker", "OPEN", Duration.ofDays(9));
		assertThat(one.waits()).isEqualTo(OPEN_FOR);
		hears("a/cooldown", "COOL", Duration.ofDays(9));
		assertThat(one.cools()).isEqualTo(Duration.ofDays(1));
	}

	@Test
	void whatIsNotUnderstoodIsIgnoredAndCounted() {
		Instance one = instance();
		hears("b/breaker", "OPEN", OPEN_FOR);
		hears("a/breaker", "AJAR", OPEN_FOR);
		hears("a/operator", "HALF_OPEN", OPEN_FOR);
		hears("a/breaker", "OPEN", OPEN_FOR.negated());
		assertThat(one.state()).isNotEqualTo(State.HALF_OPEN);
		assertThat(one.fleet.status().ignored("target")).isOne();
		assertThat(one.fleet.status().ignored("value")).isEqualTo(2);
	}

	private void hears(String key, String value, Duration left) {
		new MemoryChannel(this.store)
			.tell(new FleetEntry("state", key, value, "other", this.time.nanos() / 1000 + 1 + left.toSeconds(), left));
	}

	/** An executor that does nothing until it is told to. */
	private static final class Stalling implements Executor {

		private Runnable task = () -> {
		};

		@Override
		public void execute(Runnable task) {
			this.task = task;
		}

		void run() {
			this.task.run();
		}

	}

	/** One of them, with one target. */
	private final class Instance {

		private final GuardedTarget<String, String> target;

		private final MemoryChannel channel = new MemoryChannel(FleetTests.this.store);

		private final Executor threads;

		private final Fleet fleet;

		Instance(Duration openFor, Executor threads) {
			this(openFor, threads, State.CLOSED);
		}

		Instance(Duration openFor, Executor threads, State state) {
			BreakerPolicy policy = new BreakerPolicy(20, 5, 50, Duration.ofSeconds(5), 80, openFor, 2);
			this.target = new GuardedTarget<>(TestTarget.calling("a", (attempt) -> "here"),
					CircuitBreaker.of("a", policy.toConfig(FleetTests.this.time)),
					retry(1, Duration.ZERO, Duration.ZERO), TimeoutPolicy.of(LONG));
			if (state == State.FORCED_OPEN) {
				this.target.breaker().transitionToForcedOpenState();
			}
			ChainRegistry registry = new ChainRegistry();
			registry.add(chain(policy(LONG), this.target));
			this.threads = threads;
			this.fleet = new Fleet("test", this.channel, null, Duration.ofMillis(20), registry, FleetTests.this.time,
					threads);
			if (threads instanceof Stalling stalling) {
				this.fleet.start(0);
				stalling.run();
			}
			else {
				this.fleet.start(1);
			}
		}

		void fails(int times) {
			for (int i = 0; i < times; i++) {
				tries().failed(Failure.ofTransient(503, "503", new IllegalStateException()), 1);
			}
		}

		Permit tries() {
			return (this.target.admit(null, 0) instanceof Permit permit) ? permit : null;
		}

		State state() {
			return this.target.breaker().getState();
		}

		Duration waits() {
			return Duration.ofNanos(this.target.unavailableForNanos(FleetTests.this.time.nanos()));
		}

		Duration cools() {
			return Duration.ofNanos(this.target.cooldownNanos(FleetTests.this.time.nanos()));
		}

	}

}
