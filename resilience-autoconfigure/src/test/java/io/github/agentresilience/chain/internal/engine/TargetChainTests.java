package io.github.agentresilience.chain.internal.engine;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import io.github.agentresilience.chain.Attempt;
import io.github.agentresilience.chain.Call;
import io.github.agentresilience.chain.CallObserver;
import io.github.agentresilience.chain.ChainExhaustedException;
import io.github.agentresilience.chain.ChainListener;
import io.github.agentresilience.chain.Exchange;
import io.github.agentresilience.chain.Failure;
import io.github.agentresilience.chain.Layer;
import io.github.agentresilience.chain.StreamInterruptedException;
import io.github.agentresilience.chain.Target;
import io.github.agentresilience.chain.TargetFailureException;
import io.github.agentresilience.chain.WhenAllOpen;
import io.github.agentresilience.chain.internal.budget.RetryBudget;
import io.github.agentresilience.chain.internal.guard.GuardedTarget;
import io.github.agentresilience.chain.internal.policy.BreakerPolicy;
import io.github.agentresilience.chain.internal.policy.ChainPolicy;
import io.github.agentresilience.chain.internal.policy.RetryPolicy;
import io.github.agentresilience.chain.internal.policy.TimeoutPolicy;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Flux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

@Timeout(30)
class TargetChainTests {

	private static final RetryPolicy ONE_RETRY = new RetryPolicy(2, Duration.ofMillis(20), 2, Duration.ofSeconds(1), 0,
			Duration.ZERO);

	private final ChainRuntime runtime = ChainRuntime.create();

	private final List<String> events = new ArrayList<>();

	@AfterEach
	void close() {
		this.runtime.close();
	}

	private TargetChain<String, String> chain(Duration timeout, Duration deadline, ScriptedTarget... targets) {
		ChainServices<String> services = new ChainServices<>(Layer.LLM, this.runtime,
				(thrown) -> (thrown instanceof TargetFailureException refusal && refusal.status() == 400)
						? Failure.caller(400, "refused", thrown) : Failure.ofTransient(503, "down", thrown),
				new AnswerInspector<>() {
					@Override
					public Failure judge(String answer) {
						return answer.startsWith("error") ? Failure.tool(answer, new RuntimeException(answer)) : null;
					}

					@Override
					public String textOf(String chunk) {
						return chunk;
					}
				}, new RetryBudget(1, this.runtime.clock()), List.of(new Recording(this.events)));
		List<GuardedTarget<String, String>> guarded = Arrays.stream(targets)
			.map((target) -> new GuardedTarget<>((Target<String, String>) target,
					CircuitBreaker.of(target.name(), BreakerPolicy.withSlowCall(Duration.ofSeconds(5)).toConfig()),
					ONE_RETRY, TimeoutPolicy.of(timeout)))
			.toList();
		return new TargetChain<>(services, "test", guarded, new ChainPolicy(deadline, WhenAllOpen.LAST_TARGET));
	}

	@Test
	void theCallerHasItsExceptionByTheDeadlineThoughTheTargetIgnoresInterruption() {
		CountDownLatch release = new CountDownLatch(1);
		ScriptedTarget stubborn = new ScriptedTarget("stubborn", () -> {
			boolean done = false;
			while (!done) {
				try {
					done = release.await(10, TimeUnit.SECONDS);
				}
				catch (InterruptedException ex) {
					// Just that
				}
			}
			return "too late";
		});
		long start = System.nanoTime();
		assertThatThrownBy(
				() -> chain(Duration.ofSeconds(20), Duration.ofMillis(300), stubborn).call("q", CallSpec.SCORED))
			.isInstanceOf(ChainExhaustedException.class)
			.hasMessageContaining("deadline");
		assertThat(Duration.ofNanos(System.nanoTime() - start)).isBetween(Duration.ofMillis(290),
				Duration.ofSeconds(5));
		release.countDown();
	}

	@Test
	void aCallsOwnDeadlineIsStrongerThanTheChains() {
		ScriptedTarget silent = new ScriptedTarget("silent", () -> {
			TimeUnit.SECONDS.sleep(20);
			return "never";
		});
		long start = System.nanoTime();
		assertThatThrownBy(() -> chain(Duration.ofSeconds(20), Duration.ofSeconds(20), silent).call("q",
				new CallSpec(true, Duration.ofMillis(200))))
			.isInstanceOf(ChainExhaustedException.class);
		assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(10));
	}

	@Test
	void aTransientFailureIsRetriedAfterItsBackoffAndMovingOnDoesNotWait() {
		ScriptedTarget broken = new ScriptedTarget("broken", () -> {
			throw new IllegalStateException("down");
		});
		ScriptedTarget well = new ScriptedTarget("well", () -> "fine");
		long start = System.nanoTime();
		assertThat(chain(Duration.ofSeconds(5), Duration.ofSeconds(10), broken, well).call("q", CallSpec.SCORED))
			.isEqualTo("fine");
		assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThanOrEqualTo(Duration.ofMillis(20));
		assertThat(this.events).containsExactly("start broken 1", "end FAILURE", "start broken 2", "end FAILURE",
				"start well 1", "end SUCCESS", "ANSWERED by well");
	}

	@Test
	void aRefusalOfTheRequestIsThrownAsItWas() {
		TargetFailureException refusal = new TargetFailureException(400, "no", (Throwable) null);
		ScriptedTarget strict = new ScriptedTarget("strict", () -> {
			throw refusal;
		});
		ScriptedTarget other = new ScriptedTarget("other", () -> "fine");
		assertThatThrownBy(
				() -> chain(Duration.ofSeconds(5), Duration.ofSeconds(10), strict, other).call("q", CallSpec.SCORED))
			.isSameAs(refusal);
		assertThat(other.calls.get()).isZero();
	}

	@Test
	void aDeferredAnswerIsAFailureWhenAnotherTargetDoesBetter() {
		ScriptedTarget unclear = new ScriptedTarget("unclear", () -> "error one");
		ScriptedTarget well = new ScriptedTarget("well", () -> "fine");
		assertThat(chain(Duration.ofSeconds(5), Duration.ofSeconds(10), unclear, well).call("q", CallSpec.SCORED))
			.isEqualTo("fine");
		assertThat(this.events).containsExactly("start unclear 1", "end DEFERRED", "start well 1", "end SUCCESS",
				"judged FAILURE", "ANSWERED by well");
	}

	@Test
	void aDeferredAnswerIsTheAnswerWhenNoTargetDoesBetter() {
		ScriptedTarget one = new ScriptedTarget("one", () -> "error one");
		ScriptedTarget two = new ScriptedTarget("two", () -> "error two");
		assertThat(chain(Duration.ofSeconds(5), Duration.ofSeconds(10), one, two).call("q", CallSpec.SCORED))
			.isEqualTo("error one");
		assertThat(this.events).containsExactly("start one 1", "end DEFERRED", "start two 1", "end DEFERRED",
				"judged SUCCESS", "judged SUCCESS", "TOOL_ERROR by one");
	}

	@Test
	void aStreamThatBreaksAfterItsFirstChunkIsInterrupted() {
		ScriptedTarget cut = new ScriptedTarget("cut", () -> "unused");
		cut.stream = Flux.just("a", "b").concatWith(Flux.error(new IllegalStateException("cut")));
		StreamInterruptedException thrown = catchThrowableOfType(StreamInterruptedException.class,
				() -> chain(Duration.ofSeconds(5), Duration.ofSeconds(10), cut).stream("q", CallSpec.SCORED)
					.blockLast());
		assertThat(thrown.textSoFar()).isEqualTo("ab");
	}

	@Test
	void aSlowSubscriberIsNoSlowTarget() {
		ScriptedTarget quick = new ScriptedTarget("quick", () -> "unused");
		quick.stream = Flux.range(0, 2000).map(String::valueOf);
		List<String> seen = new ArrayList<>();
		chain(Duration.ofMillis(150), Duration.ofSeconds(20), quick).stream("q", CallSpec.SCORED)
			.delayElements(Duration.ofNanos(400_000))
			.doOnNext(seen::add)
			.blockLast();
		assertThat(seen).hasSize(2000);
	}

	@Test
	void anErrorIsNoFailureOfTheTargetAndIsThrown() {
		ScriptedTarget fatal = new ScriptedTarget("fatal", () -> {
			throw new StackOverflowError();
		});
		TargetChain<String, String> chain = chain(Duration.ofSeconds(5), Duration.ofSeconds(10), fatal.onOwnThread());
		assertThatThrownBy(() -> chain.call("q", CallSpec.SCORED)).isInstanceOf(StackOverflowError.class);
		assertThat(chain.targets().get(0).breaker().getMetrics().getNumberOfBufferedCalls()).isZero();
	}

	@Test
	void aLaterCooldownExtendsTheTimeAndAShorterOneDoesNotCutIt() {
		GuardedTarget<String, String> guard = chain(Duration.ofSeconds(1), Duration.ofSeconds(1),
				new ScriptedTarget("t", () -> "x"))
			.targets()
			.get(0);
		guard.coolDown(0, 100);
		guard.coolDown(0, 50);
		assertThat(guard.cooldownNanos(0)).isEqualTo(100);
		guard.coolDown(0, 200);
		assertThat(guard.cooldownNanos(0)).isEqualTo(200);
	}

	@FunctionalInterface
	private interface Action {

		String run() throws Exception;

	}

	private static final class ScriptedTarget implements Target<String, String> {

		private final String name;

		private final Action action;

		private final AtomicInteger calls = new AtomicInteger();

		private Flux<String> stream = Flux.empty();

		private boolean cancellable;

		ScriptedTarget(String name, Action action) {
			this.name = name;
			this.action = action;
		}

		ScriptedTarget onOwnThread() {
			this.cancellable = true;
			return this;
		}

		@Override
		public String name() {
			return this.name;
		}

		@Override
		public String call(String request, Exchange attempt) throws Exception {
			this.calls.incrementAndGet();
			return this.action.run();
		}

		@Override
		public Flux<String> stream(String request, Exchange attempt) {
			return this.stream;
		}

		@Override
		public boolean cancellable() {
			return this.cancellable;
		}

	}

	private record Recording(List<String> events) implements ChainListener, CallObserver {

		@Override
		public CallObserver callStarted(Call call) {
			return this;
		}

		@Override
		public void attemptStarted(Attempt attempt) {
			this.events.add("start " + attempt.target() + " " + attempt.tryOnTarget());
		}

		@Override
		public void attemptEnded(Attempt attempt) {
			this.events.add("end " + attempt.outcome());
		}

		@Override
		public void attemptJudged(Attempt attempt) {
			this.events.add("judged " + attempt.outcome());
		}

		@Override
		public void callEnded(Call call) {
			this.events.add(call.outcome() + (call.served() != null ? " by " + call.served().target() : ""));
		}

	}

}
