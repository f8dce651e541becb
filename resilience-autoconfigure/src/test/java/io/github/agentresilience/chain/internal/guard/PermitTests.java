package io.github.agentresilience.chain.internal.guard;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Stream;

import io.github.agentresilience.chain.Failure;
import io.github.agentresilience.chain.internal.engine.ChainFixture;
import io.github.agentresilience.chain.internal.policy.BreakerPolicy;
import io.github.agentresilience.chain.internal.policy.TimeoutPolicy;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreaker.State;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A permit says once how its call went, to the breaker of its own time, whatever the
 * breaker's listeners throw.
 */
class PermitTests {

	private static final BreakerPolicy POLICY = new BreakerPolicy(20, 5, 50, Duration.ofSeconds(5), 80,
			Duration.ofSeconds(10), 3);

	private static final long QUICK = 1;

	private static final long SLOW = Duration.ofSeconds(6).toNanos();

	private final GuardedTarget<String, String> target = new GuardedTarget<>(
			ChainFixture.TestTarget.calling("a", (exchange) -> "fine"), CircuitBreaker.of("a", POLICY.toConfig()),
			ChainFixture.retry(1, Duration.ZERO, Duration.ZERO), TimeoutPolicy.of(Duration.ofSeconds(1)));

	private final CircuitBreaker breaker = this.target.breaker();

	static Stream<Named<Consumer<Permit>>> words() {
		return Stream.of(Named.of("succeeded", (permit) -> permit.succeeded(QUICK)),
				Named.of("slow", (permit) -> permit.succeeded(SLOW)),
				Named.of("failed", (permit) -> permit.failed(failure(true), QUICK)),
				Named.of("failed, which the breaker does not count", (permit) -> permit.failed(failure(false), QUICK)),
				Named.of("superseded", (permit) -> permit.superseded(QUICK, false)),
				Named.of("superseded when slow", (permit) -> permit.superseded(QUICK, true)),
				Named.of("released", Permit::released));
	}

	private static Failure failure(boolean counts) {
		return Failure.ofTarget(404, counts, "none", new IllegalStateException("down"));
	}

	private void halfOpen() {
		this.breaker.transitionToOpenState();
		this.breaker.transitionToHalfOpenState();
	}

	/** How many calls the half-open breaker still lets through. */
	private int free() {
		List<Permit> taken = new ArrayList<>();
		for (Permit permit = this.target.tryAcquire(); permit != null; permit = this.target.tryAcquire()) {
			taken.add(permit);
		}
		taken.forEach(Permit::released);
		return taken.size();
	}

	private int counted() {
		return this.breaker.getMetrics().getNumberOfBufferedCalls();
	}

	@ParameterizedTest
	@MethodSource("words")
	void onlyTheFirstWordCounts(Consumer<Permit> first) {
		words().forEach((second) -> {
			halfOpen();
			Permit permit = this.target.tryAcquire();
			first.accept(permit);
			int counted = counted();
			int free = free();
			second.getPayload().accept(permit);
			assertThat(counted()).as(second.getName()).isEqualTo(counted);
			assertThat(free()).as(second.getName()).isEqualTo(free);
			assertThat(counted + free).isEqualTo(3);
		});
	}

	@ParameterizedTest
	@MethodSource("words")
	void aPermitOfAnEarlierTimeChangesNothing(Consumer<Permit> word) {
		Permit old = this.target.tryAcquire();
		halfOpen();
		Permit ofEarlierTrial = this.target.tryAcquire();
		halfOpen();
		word.accept(old);
		word.accept(ofEarlierTrial);
		assertThat(this.breaker.getState()).isEqualTo(State.HALF_OPEN);
		assertThat(counted()).isZero();
		assertThat(free()).isEqualTo(3);
	}

	@ParameterizedTest
	@MethodSource("words")
	void aBypassGivesItsPlaceBackOnce(Consumer<Permit> word) {
		this.breaker.transitionToOpenState();
		List<Permit> all = new ArrayList<>();
		for (Permit permit = this.target.tryBypass(); permit != null; permit = this.target.tryBypass()) {
			all.add(permit);
		}
		assertThat(all).hasSize(3);
		word.accept(all.get(0));
		word.accept(all.get(0));
		all.get(0).released();
		assertThat(this.target.tryBypass()).isNotNull();
		assertThat(this.target.tryBypass()).isNull();
	}

	@Test
	void onlyAnAnswerOfABypassMakesTheBreakerHalfOpen() {
		this.breaker.transitionToOpenState();
		assertThat(this.target.tryBypass().failed(failure(true), QUICK)).isNull();
		assertThat(this.target.tryBypass().superseded(SLOW, true)).isNull();
		assertThat(this.breaker.getState()).isEqualTo(State.OPEN);
		assertThat(this.target.tryBypass().succeeded(QUICK)).isEqualTo(State.HALF_OPEN);
		assertThat(free()).isEqualTo(3);
	}

	@Test
	void whatMovedTheBreakerIsSaid() {
		for (int i = 0; i < 4; i++) {
			assertThat(this.target.tryAcquire().failed(failure(true), QUICK)).isNull();
		}
		assertThat(this.target.tryAcquire().failed(failure(true), QUICK)).isEqualTo(State.OPEN);
	}

	/** Two failures of three decide, though the third trial call is not in. */
	@Test
	void aHalfOpenBreakerOpensAsSoonAsItIsDecided() {
		halfOpen();
		Permit third = this.target.tryAcquire();
		assertThat(this.target.tryAcquire().failed(failure(true), QUICK)).isNull();
		assertThat(this.target.tryAcquire().superseded(QUICK, true)).isNull();
		assertThat(this.target.tryAcquire()).isNull();
		assertThat(third.failed(failure(true), QUICK)).isEqualTo(State.OPEN);
	}

	@ParameterizedTest
	@MethodSource("words")
	void aListenerOfTheBreakerThatThrowsKeepsNoPermission(Consumer<Permit> word) {
		this.breaker.getEventPublisher().onEvent((event) -> {
			throw new AssertionError("a listener of the application's");
		});
		openQuietly();
		List<Permit> trials = new ArrayList<>();
		for (Permit permit = this.target.tryAcquire(); permit != null; permit = this.target.tryAcquire()) {
			trials.add(permit);
		}
		assertThat(trials).hasSize(3);
		trials.forEach(word);
		assertThat(this.breaker.getState() != State.HALF_OPEN || free() > 0).isTrue();
	}

	private void openQuietly() {
		try {
			this.breaker.transitionToOpenState();
		}
		catch (AssertionError ofListener) {
			// It has opened
		}
		try {
			this.breaker.transitionToHalfOpenState();
		}
		catch (AssertionError ofListener) {
			// It is half-open
		}
	}

	@Test
	void ofTwoThatRaceOneIsHeard() throws Exception {
		ExecutorService other = Executors.newSingleThreadExecutor();
		for (int i = 0; i < 5_000; i++) {
			Permit permit = this.target.tryAcquire();
			Future<?> releasing = other.submit(permit::released);
			permit.succeeded(QUICK);
			releasing.get(20, TimeUnit.SECONDS);
			assertThat(counted()).isLessThanOrEqualTo(Math.min(i + 1, 20));
		}
		other.shutdown();
	}

}
