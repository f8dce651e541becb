package io.github.agentresilience.actuate.internal;

import io.github.agentresilience.chain.internal.engine.ChainRegistry;
import io.github.agentresilience.chain.internal.engine.UnprotectedParts;
import io.github.agentresilience.chain.internal.time.AttemptTimer;
import io.github.agentresilience.support.ManualTime;
import org.junit.jupiter.api.Test;

import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.Status;

import static org.assertj.core.api.Assertions.assertThat;

class ResilienceHealthIndicatorTests {

	@Test
	void whileTimeoutsAreKeptTheTimerIsNotSpokenOf() {
		assertThat(health(AttemptTimer.State.RUNNING)).isEqualTo(Health.up().build());
	}

	@Test
	void aTimerThatWasRestartedShows() {
		assertThat(health(AttemptTimer.State.RESTARTED))
			.isEqualTo(Health.up().withDetail("timer", "restarted").build());
	}

	@Test
	void withoutATimerTheApplicationIsDown() {
		Health health = health(AttemptTimer.State.DEAD);
		assertThat(health.getStatus()).isEqualTo(Status.DOWN);
		assertThat(health.getDetails()).containsEntry("timer", "dead");
	}

	private static Health health(AttemptTimer.State timer) {
		return new ResilienceHealthIndicator(new ChainRegistry(), ManualTime.standing(), () -> timer,
				new UnprotectedParts(), () -> null)
			.health();
	}

}
