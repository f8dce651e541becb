package io.github.agentresilience.chain.internal.time;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;

import io.github.agentresilience.support.ManualTime;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

@Timeout(60)
class TimeTests {

	private static final Duration SECOND = Duration.ofSeconds(1);

	private final Workers workers = new Workers();

	private final ExecutorService executor = this.workers.of("test");

	private final SystemTime system = new SystemTime();

	private final ManualTime time = ManualTime.standing();

	@AfterEach
	void close() {
		this.time.close();
		this.system.close();
		this.workers.close();
	}

	private Runnable noting(List<String> notes, String name) {
		return () -> notes.add(name + " at " + TimeUnit.NANOSECONDS.toSeconds(this.time.nanos()) + " on "
				+ Thread.currentThread().getName());
	}

	@Test
	void whatIsDueRunsInOrderAtItsTimeOnTheThreadThatAdvances() {
		List<String> notes = new ArrayList<>();
		long start = TimeUnit.NANOSECONDS.toSeconds(this.time.nanos());
		Instant wall = this.time.now();
		this.time.schedule(noting(notes, "third"), SECOND.multipliedBy(3), this.executor);
		this.time.schedule(() -> {
			noting(notes, "first").run();
			this.time.schedule(noting(notes, "second"), SECOND, this.executor);
		}, SECOND, this.executor);
		Disposable cancelled = this.time.schedule(noting(notes, "cancelled"), SECOND, this.executor);
		this.time.schedule(noting(notes, "too late"), SECOND.multipliedBy(6), this.executor);
		cancelled.dispose();
		this.time.advance(SECOND.multipliedBy(5));
		String on = " on " + Thread.currentThread().getName();
		assertThat(notes).containsExactly("first at " + (start + 1) + on, "second at " + (start + 2) + on,
				"third at " + (start + 3) + on);
		assertThat(this.time.now()).isEqualTo(wall.plusSeconds(5));
		assertThat(this.time.clock().instant()).isEqualTo(this.time.now());
	}

	@Test
	void whoSleepsWakesWhenTheTimeHasCome() throws Exception {
		Future<?> sleeping = this.executor.submit(() -> {
			this.time.sleep(SECOND.toNanos());
			return null;
		});
		this.time.awaitWaiting(1);
		this.time.advance(SECOND.minusNanos(1));
		assertThat(sleeping).isNotDone();
		this.time.advance(Duration.ofNanos(1));
		sleeping.get(20, TimeUnit.SECONDS);
	}

	@Test
	void whoWaitsForAResultHasItOrATimeout() throws Exception {
		CompletableFuture<String> result = new CompletableFuture<>();
		Future<String> answered = this.executor.submit(() -> this.time.await(result, SECOND.toNanos()));
		Future<String> late = this.executor.submit(() -> this.time.await(new CompletableFuture<>(), SECOND.toNanos()));
		this.time.awaitWaiting(2);
		result.complete("result");
		assertThat(answered.get(20, TimeUnit.SECONDS)).isEqualTo("result");
		this.time.advance(SECOND);
		assertThat(late).failsWithin(Duration.ofSeconds(20))
			.withThrowableThat()
			.havingCause()
			.isInstanceOf(TimeoutException.class);
	}

	@Test
	void aFixedDelayBeginsWithTheEndOfARunWhateverThatThrows() {
		AtomicInteger runs = new AtomicInteger();
		Disposable all = this.time.scheduleWithFixedDelay(() -> {
			if (runs.incrementAndGet() == 2) {
				throw new StackOverflowError("thrown by the test");
			}
		}, SECOND, this.executor);
		this.time.advance(SECOND.multipliedBy(3).plusMillis(1));
		assertThat(runs).hasValue(3);
		all.dispose();
		this.time.advance(SECOND.multipliedBy(3));
		assertThat(runs).hasValue(3);
	}

	@Test
	void timeoutsOfAttemptsGoByATimeThatIsTurned() throws Exception {
		try (AttemptTimer timer = new AttemptTimer(this.time, new Handover(Runnable::run))) {
			Queue<String> notes = new ConcurrentLinkedQueue<>();
			TimedEntry entry = new TimedEntry() {
				@Override
				public void expired(AttemptTimer by) {
					notes.add("expired on " + Thread.currentThread().getName());
				}

				@Override
				public void waitingThreadInterrupted() {
				}
			};
			timer.arm(entry, Duration.ofHours(1).toNanos(), null);
			this.time.advance(Duration.ofMinutes(59));
			assertThat(notes).isEmpty();
			this.time.advance(Duration.ofMinutes(1).plusMillis(10));
			assertThat(notes).containsExactly("expired on resilience-timer");
		}
	}

	@Test
	void aSchedulerOfReactorsGoesByIt() {
		TimeScheduler scheduler = new TimeScheduler(this.time, this.executor);
		Queue<Long> seen = new ConcurrentLinkedQueue<>();
		Mono.delay(SECOND, scheduler).subscribe((none) -> seen.add(0L));
		Disposable every = Flux.interval(SECOND, scheduler).subscribe((tick) -> seen.add(tick + 1));
		assertThat(seen).isEmpty();
		this.time.advance(SECOND);
		await().untilAsserted(() -> assertThat(seen).contains(0L, 1L));
		this.time.advance(SECOND.multipliedBy(2));
		await().untilAsserted(() -> assertThat(seen).contains(2L, 3L));
		every.dispose();
		this.time.advance(SECOND.multipliedBy(2));
		assertThat(seen).hasSize(4);
		assertThatExceptionOfType(RuntimeException.class)
			.isThrownBy(() -> Mono.never()
				.timeout(Duration.ofMillis(10), new TimeScheduler(this.system, this.executor))
				.block())
			.withCauseInstanceOf(TimeoutException.class);
	}

	@Test
	void whatASchedulerOfReactorsIsToDoOutlastsIt() throws Exception {
		TimeScheduler scheduler = new TimeScheduler(this.system, this.executor);
		CountDownLatch ran = new CountDownLatch(4);
		AtomicInteger cancelled = new AtomicInteger();
		Disposable before = scheduler.schedule(cancelled::incrementAndGet, 50, TimeUnit.MILLISECONDS);
		scheduler.schedule(ran::countDown, 100, TimeUnit.MILLISECONDS);
		scheduler.dispose();
		this.system.close();
		this.workers.close();
		Disposable after = scheduler.schedule(cancelled::incrementAndGet, 50, TimeUnit.MILLISECONDS);
		scheduler.schedule(ran::countDown, 100, TimeUnit.MILLISECONDS);
		scheduler.schedule(ran::countDown);
		Mono.fromRunnable(ran::countDown).hide().subscribeOn(scheduler).subscribe();
		before.dispose();
		after.dispose();
		assertThat(ran.await(20, TimeUnit.SECONDS)).isTrue();
		assertThat(cancelled).hasValue(0);
	}

	@Test
	void aTimeThatGoesOnRunsByItselfWhatIsDueAndSkipsWhatItIsTold() throws Exception {
		ManualTime running = ManualTime.running();
		try {
			CompletableFuture<String> soon = new CompletableFuture<>();
			running.schedule(() -> soon.complete(Thread.currentThread().getName()), Duration.ofMillis(20),
					this.executor);
			assertThat(soon.get(20, TimeUnit.SECONDS)).startsWith("resilience-test-");
			CompletableFuture<String> later = new CompletableFuture<>();
			running.schedule(() -> later.complete(Thread.currentThread().getName()), Duration.ofHours(1),
					this.executor);
			running.advance(Duration.ofHours(1));
			assertThat(later.getNow("")).isEqualTo(Thread.currentThread().getName());
		}
		finally {
			running.close();
		}
	}

	@Test
	void aTaskThatBlocksHoldsUpNoOther() throws Exception {
		CountDownLatch blocked = new CountDownLatch(1);
		CompletableFuture<String> other = new CompletableFuture<>();
		for (int i = 0; i < 50; i++) {
			this.system.schedule(() -> {
				try {
					blocked.await();
				}
				catch (InterruptedException ex) {
					Thread.currentThread().interrupt();
				}
			}, Duration.ofMillis(1), this.executor);
		}
		this.system.schedule(() -> other.complete(Thread.currentThread().getName()), Duration.ofMillis(20),
				this.executor);
		assertThat(other.get(20, TimeUnit.SECONDS)).startsWith("resilience-test-");
		blocked.countDown();
	}

	@Test
	void whatIsCancelledDoesNotRun() throws Exception {
		AtomicInteger runs = new AtomicInteger();
		Disposable cancelled = this.system.schedule(runs::incrementAndGet, Duration.ofMillis(50), this.executor);
		CompletableFuture<Boolean> after = new CompletableFuture<>();
		this.system.schedule(() -> after.complete(true), Duration.ofMillis(100), this.executor);
		cancelled.dispose();
		after.get(20, TimeUnit.SECONDS);
		assertThat(runs).hasValue(0);
	}

	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void threadsTellWhatTheyDoAndEndWithTheirWorkers(boolean threadForEach) throws Exception {
		Workers workers = threadForEach ? new Workers((prefix) -> (task) -> new Thread(task, prefix + "7"))
				: new Workers();
		CompletableFuture<Thread> thread = new CompletableFuture<>();
		CountDownLatch never = new CountDownLatch(1);
		CompletableFuture<Boolean> interrupted = new CompletableFuture<>();
		ExecutorService probes = workers.of("probe");
		Future<String> name = probes.submit(() -> Thread.currentThread().getName());
		assertThat(name.get(20, TimeUnit.SECONDS)).startsWith("resilience-probe-");
		workers.of("reconnect").execute(() -> {
			thread.complete(Thread.currentThread());
			try {
				never.await();
			}
			catch (InterruptedException ex) {
				interrupted.complete(true);
			}
		});
		assertThat(thread.get(20, TimeUnit.SECONDS).getName()).startsWith("resilience-reconnect-");
		workers.close();
		assertThat(interrupted.get(20, TimeUnit.SECONDS)).isTrue();
		thread.get().join(20_000);
		assertThat(thread.get().isAlive()).isFalse();
		assertThatExceptionOfType(java.util.concurrent.RejectedExecutionException.class)
			.isThrownBy(() -> workers.of("more").execute(() -> {
			}));
	}

	@Test
	void shuttingDownTheWorkersOfOnePurposeEndsNoOtherWork() throws Exception {
		ExecutorService client = this.workers.of("http");
		CountDownLatch never = new CountDownLatch(1);
		CountDownLatch begun = new CountDownLatch(1);
		Future<?> exchange = client.submit(() -> {
			begun.countDown();
			never.await();
			return null;
		});
		begun.await();
		client.shutdown();
		assertThat(client.isShutdown()).isTrue();
		assertThat(client.awaitTermination(1, TimeUnit.MILLISECONDS)).isFalse();
		client.shutdownNow();
		assertThat(client.awaitTermination(20, TimeUnit.SECONDS)).isTrue();
		assertThat(exchange).failsWithin(Duration.ofSeconds(20));
		assertThat(this.executor.submit(() -> "still there").get(20, TimeUnit.SECONDS)).isEqualTo("still there");
	}

	@Test
	void aThreadDoesNotInheritWhatTheOneHasThatNeedsItFirst() throws Exception {
		InheritableThreadLocal<String> secret = new InheritableThreadLocal<>();
		secret.set("of this request");
		try {
			assertThat(this.executor.submit(secret::get).get(20, TimeUnit.SECONDS)).isNull();
		}
		finally {
			secret.remove();
		}
	}

}
