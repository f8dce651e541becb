package io.github.agentresilience.chain.internal.time;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;

import org.junit.jupiter.api.Test;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/**
 * A time that passes from one event to the next.
 */
class VirtualTimeTests {

	private static final Instant NOON = Instant.parse("2030-01-01T12:00:00Z");

	private final VirtualTime time = new VirtualTime(100, NOON);

	private final List<String> done = new ArrayList<>();

	private void at(String what, long nanos) {
		this.time.schedule(() -> this.done.add(what + "@" + this.time.nanos()), nanos, Runnable::run);
	}

	@Test
	void tasksRunInTheOrderOfTheirTimesAndThoseOfOneTimeInTheirOwn() {
		at("late", 50);
		at("first", 20);
		at("second", 20);
		at("now", 0);
		while (this.time.runNext()) {
			// Until none is left
		}
		assertThat(this.done).containsExactly("now@100", "first@120", "second@120", "late@150");
		assertThat(this.time.now()).isEqualTo(NOON.plusNanos(50));
	}

	@Test
	void whatIsCancelledDoesNotRunAndWhatThrowsStopsNothing() {
		Disposable cancelled = this.time.schedule(() -> this.done.add("cancelled"), 10, Runnable::run);
		this.time.schedule(() -> {
			throw new IllegalStateException("on purpose");
		}, 20, Runnable::run);
		at("after", 30);
		cancelled.dispose();
		assertThat(this.time.nextDueNanos()).isEqualTo(120);
		while (this.time.runNext()) {
			// Until none is left
		}
		assertThat(cancelled.isDisposed()).isTrue();
		assertThat(this.done).containsExactly("after@130");
		assertThat(this.time.nextDueNanos()).isEqualTo(Long.MAX_VALUE);
	}

	@Test
	void streamsGoByItWithoutThreads() {
		try (Workers workers = Workers.on(this.time)) {
			Thread here = Thread.currentThread();
			Mono.delay(Duration.ofHours(1), new TimeScheduler(this.time, workers.of("test")))
				.subscribe((over) -> this.done.add((Thread.currentThread() == here) + "@" + this.time.now()));
			while (this.time.runNext()) {
				// Until none is left
			}
		}
		assertThat(this.done).containsExactly("true@" + NOON.plusSeconds(3600));
	}

	@Test
	void nobodyWaitsByIt() {
		assertThatIllegalStateException().isThrownBy(() -> this.time.sleep(1));
		assertThatExceptionOfType(TimeoutException.class)
			.isThrownBy(() -> this.time.await(new CompletableFuture<>(), 1_000_000_000));
	}

}
