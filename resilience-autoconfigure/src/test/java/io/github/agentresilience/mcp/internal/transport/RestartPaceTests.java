package io.github.agentresilience.mcp.internal.transport;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * How long is waited before a connection is made again.
 */
class RestartPaceTests {

	private final AtomicLong clock = new AtomicLong(-5_000_000_000L);

	private final RestartPace pace = new RestartPace(this.clock::get);

	private long millisAfter(Duration life) {
		this.clock.addAndGet(life.toNanos());
		long millis = this.pace.next().toMillis();
		this.clock.addAndGet(Duration.ofMillis(millis).toNanos());
		return millis;
	}

	@Test
	void aServerThatDiesOverAndOverIsGivenMoreAndMoreTime() {
		assertThat(this.pace.next()).isZero();
		long[] waits = new long[9];
		for (int i = 0; i < waits.length; i++) {
			waits[i] = millisAfter(Duration.ofMillis(50));
		}
		assertThat(waits).containsExactly(250, 500, 1000, 2000, 4000, 8000, 10000, 10000, 10000);
	}

	@Test
	void oneThatHasAnsweredIsConnectedWithAtOnceHoweverSoonItDies() {
		this.pace.next();
		for (int i = 0; i < 10; i++) {
			this.pace.answered();
			assertThat(millisAfter(Duration.ofMillis(50))).isZero();
		}
	}

	@Test
	void soIsOneThatHasLivedForLong() {
		this.pace.next();
		for (int i = 0; i < 5; i++) {
			assertThat(millisAfter(Duration.ofSeconds(31))).isZero();
		}
	}

	@Test
	void andOneThatRefusesConnectionsForCallsWaitForThatAnswer() {
		this.pace.next();
		for (int i = 0; i < 20; i++) {
			this.pace.refused();
			assertThat(millisAfter(Duration.ofMillis(1))).isZero();
		}
	}

	@Test
	void aRefusalInBetweenDoesNotMakeAServerWell() {
		this.pace.next();
		assertThat(millisAfter(Duration.ofMillis(50))).isEqualTo(250);
		assertThat(millisAfter(Duration.ofMillis(50))).isEqualTo(500);
		this.pace.refused();
		assertThat(millisAfter(Duration.ofMillis(50))).isZero();
		assertThat(millisAfter(Duration.ofMillis(50))).isEqualTo(1000);
		this.pace.answered();
		assertThat(millisAfter(Duration.ofMillis(50))).isZero();
		assertThat(millisAfter(Duration.ofMillis(50))).isEqualTo(250);
	}

}
