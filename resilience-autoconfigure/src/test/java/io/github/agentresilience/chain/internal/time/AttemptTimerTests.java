package io.github.agentresilience.chain.internal.time;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;

@Timeout(60)
class AttemptTimerTests {

	/** A whole round of the wheel takes more than five seconds. */
	private static final long LESS_THAN_A_ROUND = 4;

	private static final Handover HERE = new Handover(Runnable::run);

	private final AttemptTimer timer = new AttemptTimer(new SystemTime(), HERE);

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
			// What a thread that is descheduled between looking at the clock and adding
			// the entry comes to
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

	/** What killed it is not seen: entries that throw do not. */
	@Test
	void aThreadThatHasDiedIsStartedAnewWithTheNextEntry() throws Exception {
		AtomicInteger started = new AtomicInteger();
		try (AttemptTimer dying = new AttemptTimer(new SystemTime(), HERE,
				(task) -> new Thread((started.getAndIncrement() == 0) ? () -> {
				} : task))) {
			Entry entry = new Entry();
			Awaitility.await().until(() -> {
				dying.arm(entry, 1, null);
				return entry.expired.await(50, TimeUnit.MILLISECONDS);
			});
			assertThat(dying.state()).isEqualTo(AttemptTimer.State.RESTARTED);
		}
		assertThat(this.timer.state()).isEqualTo(AttemptTimer.State.RUNNING);
	}

	@Test
	void aThreadThatDiesOfItsTaskIsReplacedAtOnceAndEntriesArmedBeforeExpire() throws Exception {
		CountDownLatch broken = new CountDownLatch(1);
		Entry later = new Entry();
		// Not even the logging of what an entry throws is safe where memory is short
		this.timer.arm(new TimedEntry() {
			@Override
			public void expired(AttemptTimer timer) {
				broken.countDown();
				throw new OutOfMemoryError("as if");
			}

			@Override
			public void waitingThreadInterrupted() {
			}
		}, 1, null);
		this.timer.arm(later, Duration.ofMillis(50).toNanos(), null);
		assertThat(broken.await(20, TimeUnit.SECONDS)).isTrue();
		assertThat(later.expired.await(20, TimeUnit.SECONDS)).isTrue();
	}

	@Test
	void aTimerForWhichNoThreadCanBeStartedSaysSo() {
		AtomicBoolean noThreads = new AtomicBoolean();
		try (AttemptTimer dead = new AttemptTimer(new SystemTime(), HERE, (task) -> {
			if (noThreads.getAndSet(true)) {
				throw new OutOfMemoryError("unable to create native thread");
			}
			return new Thread(() -> {
			});
		})) {
			Awaitility.await().until(() -> dead.state() == AttemptTimer.State.DEAD);
			dead.arm(new Entry(), 1, null);
		}
	}

	@Test
	void aTimerThatIsClosedKeepsTheTimeOfWhatIsArmedAndEndsThen() throws Exception {
		List<Thread> threads = new CopyOnWriteArrayList<>();
		AttemptTimer closed = new AttemptTimer(new SystemTime(), HERE, (task) -> {
			Thread thread = new Thread(task);
			threads.add(thread);
			return thread;
		});
		Entry before = new Entry();
		closed.arm(before, Duration.ofMillis(100).toNanos(), null);
		closed.close();
		assertThat(before.expired.await(LESS_THAN_A_ROUND, TimeUnit.SECONDS)).isTrue();
		for (int i = 0; i < 200; i++) {
			// The thread of the one before may be about to end
			Entry after = new Entry();
			closed.arm(after, i % 3, null);
			assertThat(after.expired.await(LESS_THAN_A_ROUND, TimeUnit.SECONDS)).as("entry %s", i).isTrue();
		}
		for (Thread thread : threads) {
			thread.join(TimeUnit.SECONDS.toMillis(LESS_THAN_A_ROUND));
			assertThat(thread.isAlive()).isFalse();
		}
	}

	private static final class Entry extends TimedEntry {

		private final CountDownLatch expired = new CountDownLatch(1);

		@Override
		public void expired(AttemptTimer timer) {
			this.expired.countDown();
		}

		@Override
		public void waitingThreadInterrupted() {
			// No thread waits
		}

	}

}
