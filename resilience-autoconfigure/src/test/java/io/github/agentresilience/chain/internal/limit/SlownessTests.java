package io.github.agentresilience.chain.internal.limit;

import java.time.Duration;

import io.github.agentresilience.support.ManualTime;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

/**
 * How well waits were foretold.
 */
class SlownessTests {

	private static final long SECOND = Duration.ofSeconds(1).toNanos();

	private final ManualTime time = ManualTime.standing();

	private final Slowness slowness = new Slowness(this.time);

	@Test
	void waitsThatTakeLongerThanForetoldMakeTheNextOnesBeTakenForThat() {
		assertThat(this.slowness.times()).isOne();
		for (int i = 0; i < 100; i++) {
			this.slowness.waited(SECOND, 3 * SECOND);
		}
		assertThat(this.slowness.times()).isEqualTo(3, within(0.01));
	}

	@Test
	void aWaitThatIsTooShortToTellIsNotCounted() {
		this.slowness.waited(SECOND / 10, SECOND);
		assertThat(this.slowness.times()).isOne();
	}

	@Test
	void whereNoCallWaitsForItAnyMoreItIsForgotten() {
		for (int i = 0; i < 100; i++) {
			this.slowness.waited(SECOND, 60 * SECOND);
		}
		assertThat(this.slowness.times()).isEqualTo(10, within(0.01));
		this.time.advance(Duration.ofSeconds(30));
		assertThat(this.slowness.times()).isEqualTo(5.5, within(0.01));
		this.time.advance(Duration.ofSeconds(30));
		assertThat(this.slowness.times()).isOne();
		this.time.advance(Duration.ofHours(1));
		assertThat(this.slowness.times()).isOne();
	}

}
