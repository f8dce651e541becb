package io.github.agentresilience.chain.internal.engine;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

import io.github.agentresilience.chain.FailureClassifier;
import io.github.agentresilience.chain.Layer;
import io.github.agentresilience.chain.internal.guard.GuardedTarget;
import io.github.agentresilience.chain.internal.policy.BreakerPolicy;
import io.github.agentresilience.chain.internal.policy.TimeoutPolicy;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreaker.State;
import io.github.agentresilience.support.ManualTime;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A prober goes on whatever is thrown at it.
 */
class ProberTests extends ChainFixture {

	private static final BreakerPolicy SOON = new BreakerPolicy(20, 5, 50, Duration.ofSeconds(5), 80,
			Duration.ofMillis(300), 1);

	private final Prober prober = new Prober(this.runtime, Duration.ofSeconds(2));

	private final AtomicInteger thrown = new AtomicInteger();

	ProberTests() {
		super(ManualTime.running(20));
	}

	private static GuardedTarget<String, String> target(TestTarget target, CircuitBreaker breaker) {
		return new GuardedTarget<>(target, breaker, retry(1, Duration.ZERO, Duration.ZERO), TimeoutPolicy.of(LONG));
	}

	@AfterEach
	void closeProber() {
		this.prober.close();
	}

	private void watch(GuardedTarget<String, String> target, FailureClassifier classifier) {
		target.breaker().transitionToOpenState();
		this.prober.watch(Layer.LLM, target, "are you there", classifier);
	}

	private void watch(GuardedTarget<String, String> target) {
		watch(target, (thrown) -> down());
	}

	private static void assertFoundBack(GuardedTarget<String, String> target) {
		// What is thrown on the way is reported as an uncaught exception
		Awaitility.await()
			.dontCatchUncaughtExceptions()
			.atMost(30, TimeUnit.SECONDS)
			.until(() -> target.breaker().getState() == State.CLOSED);
	}

	/**
	 * A breaker that throws an error when it is asked for its state, twice once it is
	 * armed.
	 */
	private CircuitBreaker throwing(String name, AtomicBoolean armed) {
		CircuitBreaker real = CircuitBreaker.of(name, SOON.toConfig(this.runtime.time()));
		return (CircuitBreaker) Proxy.newProxyInstance(getClass().getClassLoader(),
				new Class<?>[] { CircuitBreaker.class }, (proxy, method, arguments) -> {
					boolean probing = armed.get() && Thread.currentThread().getName().startsWith("resilience-probe-");
					if (probing && method.getName().equals("getState") && this.thrown.getAndIncrement() < 2) {
						throw new AssertionError("the breaker fails");
					}
					try {
						return method.invoke(real, arguments);
					}
					catch (InvocationTargetException ex) {
						throw ex.getCause();
					}
				});
	}

	@Test
	void aTargetWhoseStateCannotBeReadIsLookedAtAgainAndTheOthersMeanwhile() {
		AtomicBoolean armed = new AtomicBoolean();
		GuardedTarget<String, String> bad = target(failingOnce("bad"), throwing("bad", armed));
		GuardedTarget<String, String> good = target(failingOnce("good"),
				CircuitBreaker.of("good", SOON.toConfig(this.runtime.time())));
		armed.set(true);
		watch(bad);
		watch(good);
		assertFoundBack(good);
		assertFoundBack(bad);
		assertThat(this.thrown.get()).isGreaterThanOrEqualTo(2);
	}

	/** A first probe that fails makes pings count for the whole truth. */
	private static TestTarget failingOnce(String name) {
		AtomicInteger asked = new AtomicInteger();
		return TestTarget.calling(name, (attempt) -> {
			if (asked.getAndIncrement() == 0) {
				throw new IllegalStateException("down");
			}
			return "here";
		});
	}

	@Test
	void aClassifierThatThrowsKeepsNoPermission() {
		GuardedTarget<String, String> target = target(failingOnce("a"),
				CircuitBreaker.of("a", SOON.toConfig(this.runtime.time())));
		watch(target, (thrown) -> {
			throw new IllegalStateException("the classifier fails");
		});
		assertFoundBack(target);
	}

	@Test
	void aTargetThatThrowsAnErrorKeepsNoPermission() {
		AtomicInteger asked = new AtomicInteger();
		GuardedTarget<String, String> target = target(TestTarget.calling("a", (attempt) -> {
			if (asked.getAndIncrement() == 0) {
				throw new NoClassDefFoundError("a class of the application's");
			}
			return "here";
		}), CircuitBreaker.of("a", SOON.toConfig(this.runtime.time())));
		watch(target);
		assertFoundBack(target);
	}

	@Test
	void aListenerOfABreakerThatThrowsKeepsNoTargetFromBeingProbed() {
		CircuitBreaker breaker = CircuitBreaker.of("a", SOON.toConfig(this.runtime.time()));
		breaker.getEventPublisher().onError((event) -> {
			throw new IllegalStateException("the listener fails");
		});
		GuardedTarget<String, String> target = target(failingOnce("a"), breaker);
		watch(target);
		assertFoundBack(target);
	}

}
