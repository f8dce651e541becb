package io.github.agentresilience.chain;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Function;

import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;

/**
 * Chains over targets that do what a test tells them.
 */
@Timeout(60)
abstract class ChainFixture {

	static final Duration LONG = Duration.ofSeconds(20);

	static final BreakerPolicy BREAKER = BreakerPolicy.withSlowCall(Duration.ofSeconds(5));

	final ChainRuntime runtime = ChainRuntime.create();

	final Queue<String> events = new ConcurrentLinkedQueue<>();

	/** Told of every attempt that has ended. */
	Consumer<Attempt> whenEnded = (attempt) -> {
	};

	RetryBudget budget = new RetryBudget(1, this.runtime.clock());

	@AfterEach
	void close() {
		this.runtime.close();
	}

	static RetryPolicy retry(int maxAttempts, Duration backoff, Duration maxRetryAfter) {
		return new RetryPolicy(maxAttempts, backoff, 1, backoff, 0, maxRetryAfter);
	}

	static ChainPolicy policy(Duration deadline) {
		return new ChainPolicy(deadline, ChainPolicy.WhenAllOpen.LAST_TARGET);
	}

	/** A target that another is asked besides when it is slow. */
	static GuardedTarget<String, String> hedged(TestTarget target, RetryPolicy retry, Duration after) {
		return new GuardedTarget<>(target, CircuitBreaker.of(target.name(), BREAKER.toConfig()),
				new TargetPolicy(retry, TimeoutPolicy.of(LONG), new HedgePolicy(true, after),
						TargetPolicy.StreamCommit.FIRST_CHUNK, Defaults.WEIGHT));
	}

	static GuardedTarget<String, String> guard(TestTarget target, RetryPolicy retry) {
		return guard(target, retry, TimeoutPolicy.of(LONG), BREAKER);
	}

	static GuardedTarget<String, String> guard(TestTarget target, RetryPolicy retry, TimeoutPolicy timeouts,
			BreakerPolicy breaker) {
		return new GuardedTarget<>(target, CircuitBreaker.of(target.name(), breaker.toConfig()), retry, timeouts);
	}

	@SafeVarargs
	final TargetChain<String, String> chain(ChainPolicy policy, GuardedTarget<String, String>... targets) {
		return chain(policy, null, targets);
	}

	@SafeVarargs
	final TargetChain<String, String> chain(ChainPolicy policy, @Nullable LastResort<String, String> lastResort,
			GuardedTarget<String, String>... targets) {
		Leg<String> leg = new Leg<>(Layer.LLM, this.runtime, ChainFixture::classify, new AnswerInspector<>() {
			@Override
			public String textOf(String chunk) {
				return chunk;
			}
		}, this.budget, List.of((call) -> new Recording(this.events, this.whenEnded)));
		return new TargetChain<>(leg, "test", Arrays.asList(targets), policy, lastResort);
	}

	private static Failure classify(Throwable thrown) {
		return (thrown instanceof TargetFailureException refusal && refusal.status() == 400)
				? Failure.caller(400, "refused", thrown) : down(thrown);
	}

	static Failure down() {
		return down(new IllegalStateException("down"));
	}

	private static Failure down(Throwable thrown) {
		return Failure.ofTransient(503, "down", thrown);
	}

	@FunctionalInterface
	interface Action {

		String run(Attempt attempt) throws Exception;

	}

	/** Does what it is told, and counts how often it is asked. */
	static final class TestTarget implements Target<String, String> {

		final AtomicInteger asked = new AtomicInteger();

		private final String name;

		private final boolean cancellable;

		private final Action action;

		private final Function<Attempt, Flux<String>> stream;

		private TestTarget(String name, boolean cancellable, Action action, Function<Attempt, Flux<String>> stream) {
			this.name = name;
			this.cancellable = cancellable;
			this.action = action;
			this.stream = stream;
		}

		/** One that is called on the caller's thread. */
		static TestTarget calling(String name, Action action) {
			return new TestTarget(name, true, action, (attempt) -> Flux.defer(() -> {
				try {
					return Flux.just(action.run(attempt));
				}
				catch (Exception ex) {
					return Flux.error(ex);
				}
			}));
		}

		static TestTarget answering(String name, String answer) {
			return calling(name, (attempt) -> answer);
		}

		static TestTarget broken(String name) {
			return calling(name, (attempt) -> {
				throw new IllegalStateException("down");
			});
		}

		static TestTarget streaming(String name, Function<Attempt, Flux<String>> stream) {
			return new TestTarget(name, true, (attempt) -> stream.apply(attempt).blockLast(), stream);
		}

		/** One that cannot be cancelled, like a bean of the application. */
		TestTarget asBean() {
			return new TestTarget(this.name, false, this.action, this.stream);
		}

		@Override
		public String name() {
			return this.name;
		}

		@Override
		public String call(String request, Attempt attempt) throws Exception {
			this.asked.incrementAndGet();
			return this.action.run(attempt);
		}

		@Override
		public Flux<String> stream(String request, Attempt attempt) {
			this.asked.incrementAndGet();
			return this.stream.apply(attempt);
		}

		@Override
		public boolean cancellable() {
			return this.cancellable;
		}

	}

	private record Recording(Queue<String> events, Consumer<Attempt> whenEnded) implements CallObserver {

		@Override
		public void attemptStarted(Attempt attempt) {
			this.events.add("start " + attempt.target() + " " + attempt.tryOnTarget());
		}

		@Override
		public void attemptEnded(Attempt attempt) {
			this.events.add("end " + attempt.target() + " " + attempt.outcome());
			this.whenEnded.accept(attempt);
		}

		@Override
		public void targetSkipped(SkippedTarget skipped) {
			this.events.add("skip " + skipped.target() + " " + skipped.reason());
		}

		@Override
		public void callEnded(Call call) {
			this.events.add(call.outcome() + (call.served() != null ? " by " + call.served().target() : ""));
		}

	}

}
