package io.github.agentresilience.fleet.internal;

import java.time.Duration;
import java.util.concurrent.TimeUnit;

import io.github.agentresilience.autoconfigure.internal.fleet.SharedExperiments;
import io.github.agentresilience.chain.internal.guard.Permit;
import io.github.agentresilience.chaos.internal.experiment.OneAtATime;
import io.github.resilience4j.circuitbreaker.CircuitBreaker.State;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What else instances tell each other, and what they make of what they hear.
 */
class FleetTests extends FleetFixture {

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

}
