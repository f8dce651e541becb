package io.github.agentresilience.chain.internal.engine;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Function;

import io.github.agentresilience.chain.Attempt;
import io.github.agentresilience.chain.Call;
import io.github.agentresilience.chain.CallObserver;
import io.github.agentresilience.chain.Exchange;
import io.github.agentresilience.chain.Failure;
import io.github.agentresilience.chain.LastResort;
import io.github.agentresilience.chain.Layer;
import io.github.agentresilience.chain.SkippedTarget;
import io.github.agentresilience.chain.StreamCommit;
import io.github.agentresilience.chain.Target;
import io.github.agentresilience.chain.TargetFailureException;
import io.github.agentresilience.chain.WhenAllOpen;
import io.github.agentresilience.chain.internal.budget.RetryBudget;
import io.github.agentresilience.chain.internal.guard.GuardedTarget;
import io.github.agentresilience.chain.internal.limit.Limits;
import io.github.agentresilience.chain.internal.limit.WaitingRoom;
import io.github.agentresilience.chain.internal.policy.BreakerPolicy;
import io.github.agentresilience.chain.internal.policy.ChainPolicy;
import io.github.agentresilience.chain.internal.policy.Defaults;
import io.github.agentresilience.chain.internal.policy.HedgePolicy;
import io.github.agentresilience.chain.internal.policy.LimitPolicy;
import io.github.agentresilience.chain.internal.policy.RetryPolicy;
import io.github.agentresilience.chain.internal.policy.TargetPolicy;
import io.github.agentresilience.chain.internal.policy.TimeoutPolicy;
import io.github.agentresilience.chain.internal.time.SystemTime;
import io.github.agentresilience.chain.internal.time.Time;
import io.github.agentresilience.chain.internal.time.Workers;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Chains over targets that do what a test tells them.
 */
@Timeout(60)
public abstract class ChainFixture {

	public static final Duration LONG = Duration.ofSeconds(20);

	/** The status of a refusal in unknown words. */
	public static final int UNCLEAR = 422;

	public static final BreakerPolicy BREAKER = BreakerPolicy.withSlowCall(Duration.ofSeconds(5));

	public final ChainRuntime runtime;

	public final Queue<String> events = new ConcurrentLinkedQueue<>();

	/** Told of every attempt that has ended. */
	public Consumer<Attempt> whenEnded = (attempt) -> {
	};

	/** Told of every attempt whose end has been judged since. */
	public Consumer<Attempt> whenJudged = (attempt) -> {
	};

	public RetryBudget budget;

	/** Where calls wait that find all targets over their limits. */
	public WaitingRoom room;

	private final List<Limits> lines = new CopyOnWriteArrayList<>();

	protected ChainFixture() {
		this(new SystemTime());
	}

	protected ChainFixture(Time time) {
		this(time, new Workers());
	}

	protected ChainFixture(Time time, Workers workers) {
		this.runtime = new ChainRuntime(time, workers, ContextCarrier.NONE);
		this.room = new WaitingRoom(1_000, time);
		this.budget = new RetryBudget(1, this.runtime.clock());
	}

	@AfterEach
	public void close() {
		this.runtime.close();
	}

	public static RetryPolicy retry(int maxAttempts, Duration backoff, Duration maxRetryAfter) {
		return new RetryPolicy(maxAttempts, backoff, 1, backoff, 0, maxRetryAfter);
	}

	public static ChainPolicy policy(Duration deadline) {
		return new ChainPolicy(deadline, WhenAllOpen.LAST_TARGET);
	}

	/** A target that another is asked besides when it is slow. */
	public static GuardedTarget<String, String> hedged(TestTarget target, RetryPolicy retry, Duration after) {
		return new GuardedTarget<>(target, CircuitBreaker.of(target.name(), BREAKER.toConfig()), new TargetPolicy(retry,
				TimeoutPolicy.of(LONG), new HedgePolicy(true, after), StreamCommit.FIRST_CHUNK, Defaults.WEIGHT));
	}

	/**
	 * How many calls stand in the longest line of a target. Who has entered the room may
	 * not stand in a line yet, and whoever comes then does not see him.
	 */
	int inLine() {
		return this.lines.stream().mapToInt(Limits::waiting).max().orElse(0);
	}

	/** A target that is asked so much at most. */
	public GuardedTarget<String, String> limited(TestTarget target, LimitPolicy limits) {
		Limits ofTarget = Limits.of(limits, this.room);
		if (ofTarget != null) {
			this.lines.add(ofTarget);
		}
		return new GuardedTarget<>(target, CircuitBreaker.of(target.name(), BREAKER.toConfig(this.runtime.time())),
				new TargetPolicy(retry(1, Duration.ZERO, Duration.ZERO), TimeoutPolicy.of(LONG)), ofTarget);
	}

	public static GuardedTarget<String, String> guard(TestTarget target, RetryPolicy retry) {
		return guard(target, retry, TimeoutPolicy.of(LONG), BREAKER);
	}

	public static GuardedTarget<String, String> guard(TestTarget target, RetryPolicy retry, TimeoutPolicy timeouts,
			BreakerPolicy breaker) {
		return new GuardedTarget<>(target, CircuitBreaker.of(target.name(), breaker.toConfig()), retry, timeouts);
	}

	@SafeVarargs
	@SuppressWarnings("varargs")
	public final TargetChain<String, String> chain(ChainPolicy policy, GuardedTarget<String, String>... targets) {
		return chain(policy, null, targets);
	}

	@SafeVarargs
	@SuppressWarnings("varargs")
	public final TargetChain<String, String> chain(ChainPolicy policy, @Nullable LastResort<String, String> lastResort,
			GuardedTarget<String, String>... targets) {
		return new TargetChain<>(services(), "test", Arrays.asList(targets), policy, lastResort);
	}

	ChainServices<String> services() {
		return new ChainServices<>(Layer.LLM, this.runtime, ChainFixture::classify, new AnswerInspector<>() {
			@Override
			public String textOf(String chunk) {
				return chunk;
			}

			@Override
			public boolean isOutput(String chunk) {
				return !chunk.isEmpty();
			}
		}, this.budget, List.of((call) -> new Recording(this.events, this.whenEnded, this.whenJudged)));
	}

	private static Failure classify(Throwable thrown) {
		if (thrown instanceof TargetFailureException refusal && refusal.status() == UNCLEAR) {
			return Failure.unclearRefusal(UNCLEAR, "refused", thrown);
		}
		return (thrown instanceof TargetFailureException refusal && refusal.status() == 400)
				? Failure.caller(400, "refused", thrown) : down(thrown);
	}

	public static Failure down() {
		return down(new IllegalStateException("down"));
	}

	private static Failure down(Throwable thrown) {
		return Failure.ofTransient(503, "down", thrown);
	}

	@FunctionalInterface
	public interface Action {

		String run(Exchange attempt) throws Exception;

	}

	/** Does what it is told, and counts how often it is asked. */
	public static final class TestTarget implements Target<String, String> {

		final AtomicInteger asked = new AtomicInteger();

		private final String name;

		private final boolean cancellable;

		private final Action action;

		private final Function<Exchange, Flux<String>> stream;

		private TestTarget(String name, boolean cancellable, Action action, Function<Exchange, Flux<String>> stream) {
			this.name = name;
			this.cancellable = cancellable;
			this.action = action;
			this.stream = stream;
		}

		/** One that is called on the caller's thread. */
		public static TestTarget calling(String name, Action action) {
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

		/**
		 * One whose exchange ends as the given one does, and which gives it up when it is
		 * cancelled.
		 */
		static TestTarget of(String name, Function<Exchange, Mono<String>> exchange) {
			return new TestTarget(name, true, (attempt) -> {
				attempt.interruptOnCancel(() -> {
				});
				return exchange.apply(attempt).toFuture().get();
			}, (attempt) -> exchange.apply(attempt).flux());
		}

		static TestTarget streaming(String name, Function<Exchange, Flux<String>> stream) {
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
		public String call(String request, Exchange attempt) throws Exception {
			this.asked.incrementAndGet();
			return this.action.run(attempt);
		}

		@Override
		public Flux<String> stream(String request, Exchange attempt) {
			this.asked.incrementAndGet();
			return this.stream.apply(attempt);
		}

		@Override
		public boolean cancellable() {
			return this.cancellable;
		}

	}

	private record Recording(Queue<String> events, Consumer<Attempt> whenEnded,
			Consumer<Attempt> whenJudged) implements CallObserver {

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
		public void attemptJudged(Attempt attempt) {
			this.events.add("judged " + attempt.target() + " " + attempt.outcome());
			this.whenJudged.accept(attempt);
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
