package io.github.agentresilience.chain.internal.engine;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import io.github.agentresilience.chain.Attempt;
import io.github.agentresilience.chain.Exchange;
import io.github.agentresilience.chain.Failure;
import io.github.agentresilience.chain.StreamCommit;
import io.github.agentresilience.chain.TokenUsage;
import io.github.agentresilience.chain.internal.guard.GuardedTarget;
import io.github.agentresilience.chain.internal.limit.Limits;
import io.github.agentresilience.chain.internal.limit.WaitingRoom;
import io.github.agentresilience.chain.internal.policy.BreakerPolicy;
import io.github.agentresilience.chain.internal.policy.Defaults;
import io.github.agentresilience.chain.internal.policy.HedgePolicy;
import io.github.agentresilience.chain.internal.policy.LimitPolicy;
import io.github.agentresilience.chain.internal.policy.TargetPolicy;
import io.github.agentresilience.chain.internal.policy.TimeoutPolicy;
import io.github.agentresilience.support.ManualTime;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Ten thousand calls by chance, with failures, hedges, retries, streams and
 * cancellations: what is left of each limit in the end is what the attempts used.
 */
class LimitBooksTests extends ChainFixture {

	private static final int CALLS = 10_000;

	private static final int AT_ONCE = 18;

	private static final long REQUESTS = 1_000_000;

	private static final long TOKENS = 1_000_000_000;

	private static final int INPUT = 70;

	private static final int OUTPUT = 30;

	private static final CallSpec SPEC = CallSpec.SCORED.taking(new FixedTokens(INPUT, OUTPUT));

	/** The minute of the limits is never over. */
	private final ManualTime standing = ManualTime.standing();

	private final WaitingRoom rooms = new WaitingRoom(AT_ONCE / 3, this.standing);

	private final ExecutorService callers = Executors.newFixedThreadPool(AT_ONCE);

	private final ConcurrentHashMap<Long, Attempt> ended = new ConcurrentHashMap<>();

	private final AtomicInteger begun = new AtomicInteger();

	@AfterEach
	void end() {
		this.callers.shutdownNow();
		this.standing.close();
	}

	private GuardedTarget<String, String> target(String name, int concurrency, boolean bean) {
		Random random = new Random(name.hashCode());
		TestTarget target = TestTarget.streaming(name, (attempt) -> {
			this.begun.incrementAndGet();
			if (!bean && !attempt.attempt().call().isStreaming()) {
				attempt.interruptOnCancel(() -> {
				});
			}
			int drawn;
			synchronized (random) {
				drawn = random.nextInt(100);
			}
			return behaviour(drawn, attempt);
		});
		BreakerPolicy breaker = new BreakerPolicy(20, 10, 60, Duration.ofSeconds(5), 80, Duration.ofMillis(20), 2);
		return new GuardedTarget<>(bean ? target.asBean() : target, CircuitBreaker.of(name, breaker.toConfig()),
				new TargetPolicy(retry(2, Duration.ofMillis(1), Duration.ZERO), TimeoutPolicy.of(Duration.ofMillis(30)),
						new HedgePolicy(true, Duration.ofMillis(2)), StreamCommit.FIRST_CHUNK, Defaults.WEIGHT),
				Limits.of(new LimitPolicy(REQUESTS, TOKENS, concurrency), this.rooms));
	}

	private static Flux<String> behaviour(int drawn, Exchange attempt) {
		if (drawn < 50) {
			return Flux.defer(() -> {
				attempt.used(new TokenUsage(INPUT, drawn));
				return Flux.just("", "fine");
			});
		}
		if (drawn < 70) {
			return Mono.delay(Duration.ofMillis(drawn % 8)).thenMany(Flux.just("late"));
		}
		if (drawn < 72) {
			return Flux.never();
		}
		if (drawn < 76) {
			return Flux.just("begun").concatWith(Flux.error(new IllegalStateException("cut")));
		}
		return Flux.error(new IllegalStateException("down"));
	}

	private Callable<Void> caller(TargetChain<String, String> chain, int number) {
		Random random = new Random(number);
		return () -> {
			if (random.nextBoolean()) {
				stream(chain, (random.nextInt(4) == 0) ? random.nextInt(6) : -1);
			}
			else {
				call(chain, (random.nextInt(6) == 0) ? random.nextInt(6) : -1);
			}
			return null;
		};
	}

	private static void stream(TargetChain<String, String> chain, int cancelAfter) throws InterruptedException {
		CountDownLatch over = new CountDownLatch(1);
		Disposable subscriber = chain.stream("q", SPEC).doFinally((signal) -> over.countDown()).subscribe((chunk) -> {
		}, (error) -> {
		});
		if (cancelAfter >= 0 && !over.await(cancelAfter, TimeUnit.MILLISECONDS)) {
			subscriber.dispose();
		}
		assertThat(over.await(20, TimeUnit.SECONDS)).isTrue();
	}

	private static void call(TargetChain<String, String> chain, int cancelAfter) {
		Thread caller = Thread.currentThread();
		Disposable cancel = (cancelAfter < 0) ? null
				: Mono.delay(Duration.ofMillis(cancelAfter)).subscribe((due) -> caller.interrupt());
		try {
			chain.call("q", SPEC);
		}
		catch (RuntimeException ex) {
			// Each is an end
		}
		finally {
			if (cancel != null) {
				cancel.dispose();
			}
			Thread.interrupted();
		}
	}

	/**
	 * What an attempt used, as far as that is known.
	 * @param inTime whether one that was cancelled, or timed out, said it before that
	 */
	private static long used(Attempt attempt, boolean inTime) {
		TokenUsage usage = attempt.usage();
		if (usage != null && (inTime || attempt.outcome() == Attempt.Outcome.SUCCESS)) {
			return usage.total();
		}
		Failure failure = attempt.failure();
		return (failure != null && failure.status() >= 400) ? 0 : INPUT + OUTPUT;
	}

	@Test
	void whatIsLeftIsWhatWasThereWithoutWhatWasUsed() throws Exception {
		this.whenEnded = (attempt) -> this.ended.put(attempt.id(), attempt);
		List<GuardedTarget<String, String>> targets = List.of(target("a", 5, false), target("b", 4, true),
				target("c", 6, false));
		TargetChain<String, String> chain = chain(policy(Duration.ofMillis(150)), targets.get(0), targets.get(1),
				targets.get(2));
		List<Callable<Void>> calls = new ArrayList<>();
		for (int i = 0; i < CALLS; i++) {
			calls.add(caller(chain, i));
		}
		for (Future<Void> call : this.callers.invokeAll(calls)) {
			call.get();
		}
		Awaitility.await()
			.untilAsserted(() -> assertThat(this.events.stream().filter((event) -> event.startsWith("start")).count())
				.isEqualTo(this.ended.size()));
		assertThat(this.begun.get()).isGreaterThan(CALLS / 10);
		assertThat(this.events).contains("skip a SATURATED", "end a SUPERSEDED", "end a CANCELLED", "end b FAILURE");
		assertThat(this.rooms.waiting()).isZero();
		assertThat(targets).anySatisfy((target) -> assertThat(target.limits().waits()).isPositive());
		for (GuardedTarget<String, String> target : targets) {
			Limits limits = target.limits();
			assertThat(limits).isNotNull();
			List<Attempt> attempts = this.ended.values()
				.stream()
				.filter((attempt) -> attempt.target().equals(target.name()))
				.toList();
			Awaitility.await().untilAsserted(() -> assertThat(limits.inFlight()).as(target.name()).isZero());
			assertThat(limits.waiting()).as(target.name()).isZero();
			assertThat(limits.requestsLeft()).as(target.name()).isEqualTo(REQUESTS - attempts.size());
			assertThat(limits.tokensLeft()).as(target.name())
				.isBetween(TOKENS
						- attempts.stream().mapToLong((each) -> Math.max(used(each, true), used(each, false))).sum(),
						TOKENS - attempts.stream()
							.mapToLong((each) -> Math.min(used(each, true), used(each, false)))
							.sum());
		}
	}

}
