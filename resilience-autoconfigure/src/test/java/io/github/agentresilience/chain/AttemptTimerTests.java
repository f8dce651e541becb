package io.github.agentresilience.chain;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;

@Timeout(60)
class AttemptTimerTests {

	/** A whole round of the wheel takes more than five seconds. */
	private static final long LESS_THAN_A_ROUND = 4;

	private final AttemptTimer timer = new AttemptTimer();

	@AfterEach
	void close() {
		this.timer.close();
	}

	@Test
	void anEntryWhoseTickHasPassedExpiresWithTheNextOne() throws Exception {
		List<Entry> entries = new ArrayList<>();
		for (long late = 1; late <= 50; late += 7) {
			Entry entry = new Entry();
			entries.add(entry);
			// What a thread that is descheduled between looking at the clock and adding the entry comes to
			this.timer.arm(entry, -late * AttemptTimer.TICK_NANOS, null);
		}
		for (Entry entry : entries) {
			assertThat(entry.expired.await(LESS_THAN_A_ROUND, TimeUnit.SECONDS)).isTrue();
		}
	}

	@Test
	void nothingExpiresBeforeItsTimeOrAfterItIsDisarmed() throws Exception {
		Entry disarmed = new Entry();
		this.timer.arm(disarmed, Duration.ofMillis(50).toNanos(), null);
		this.timer.disarm(disarmed);
		Entry entry = new Entry();
		long start = System.nanoTime();
		this.timer.arm(entry, Duration.ofMillis(200).toNanos(), null);
		assertThat(entry.expired.await(LESS_THAN_A_ROUND, TimeUnit.SECONDS)).isTrue();
		assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThanOrEqualTo(Duration.ofMillis(200));
		assertThat(disarmed.expired.getCount()).isEqualTo(1);
	}

	private static final class Entry extends TimedEntry {

		private final CountDownLatch expired = new CountDownLatch(1);

		@Override
		void expired(AttemptTimer timer) {
			this.expired.countDown();
		}

		@Override
		void waitingThreadInterrupted() {
			// Nobody waits
		}

	}

}
