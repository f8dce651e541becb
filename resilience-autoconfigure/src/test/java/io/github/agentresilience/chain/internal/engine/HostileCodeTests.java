package io.github.agentresilience.chain.internal.engine;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;

import io.github.agentresilience.chain.Attempt;
import io.github.agentresilience.chain.Call;
import io.github.agentresilience.chain.CallCancelledException;
import io.github.agentresilience.chain.CallObserver;
import io.github.agentresilience.chain.Chain;
import io.github.agentresilience.chain.ChainExhaustedException;
import io.github.agentresilience.chain.ChainListener;
import io.github.agentresilience.chain.Exchange;
import io.github.agentresilience.chain.Failure;
import io.github.agentresilience.chain.LastResort;
import io.github.agentresilience.chain.Layer;
import io.github.agentresilience.chain.NotReplayedException;
import io.github.agentresilience.chain.Routing;
import io.github.agentresilience.chain.SkippedTarget;
import io.github.agentresilience.chain.StreamCommit;
import io.github.agentresilience.chain.StreamInterruptedException;
import io.github.agentresilience.chain.Target;
import io.github.agentresilience.chain.TargetFailureException;
import io.github.agentresilience.chain.WhenAllOpen;
import io.github.agentresilience.chain.internal.budget.RetryBudget;
import io.github.agentresilience.chain.internal.guard.GuardedTarget;
import io.github.agentresilience.chain.internal.policy.BreakerPolicy;
import io.github.agentresilience.chain.internal.policy.ChainPolicy;
import io.github.agentresilience.chain.internal.policy.Defaults;
import io.github.agentresilience.chain.internal.policy.HedgePolicy;
import io.github.agentresilience.chain.internal.policy.TargetPolicy;
import io.github.agentresilience.chain.internal.policy.TimeoutPolicy;
import io.github.agentresilience.chain.internal.time.AttemptTimer;
import io.github.agentresilience.chain.internal.time.TimedEntry;
import io.github.agentresilience.chain.internal.time.Workers;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.util.context.Context;
import reactor.util.context.ContextView;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Every place at which a chain calls code that is not its own, and a thousand random
 * calls with code there that throws. Whatever it throws, each call ends in time and is
 * told of once, and nothing that a call took is left over.
 */
@Timeout(120)
class HostileCodeTests {

	private static final int CALLS = 1000;

	private static final int AT_ONCE = 32;

	private static final Duration TIMEOUT = Duration.ofMillis(15);

	private static final Duration DEADLINE = Duration.ofMillis(40);

	/** For a machine that has other things to do; a call that hangs hangs for longer. */
	private static final Duration GRACE = Duration.ofSeconds(10);

	private static final int HALF_OPEN_CALLS = 2;

	private static final ThreadLocal<String> CALLER = new ThreadLocal<>();

	private static ExecutorService callers;

	private static ScheduledExecutorService cancelling;

	@BeforeAll
	static void open() {
		callers = Executors.newFixedThreadPool(AT_ONCE);
		cancelling = Executors.newSingleThreadScheduledExecutor();
	}

	@AfterAll
	static void close() {
		callers.shutdownNow();
		cancelling.shutdownNow();
	}

	@ParameterizedTest
	@ValueSource(strings = { "nowhere", "forChain", "callStarted", "attemptStarted", "attemptLeft", "attemptEnded",
			"attemptJudged", "targetSkipped", "callEnded", "callLeft", "contextFor", "classifier", "judge",
			"acceptance", "isOutput", "textOf", "last resort", "replayable", "repeatable", "capture", "carry before",
			"carry after", "stream context", "hook before", "hook after", "hook", "target call", "target assembly",
			"target subscription", "target chunk", "target request", "target cancel", "target disposal",
			"target cancellable", "breaker event", "breaker record", "breaker ignore" })
	void aThousandCalls(String place) throws Exception {
		long seed = System.nanoTime();
		run(place, seed);
	}

	private static void run(String place, long seed) throws Exception {
		System.out.println("hostile at " + place + ": seed " + seed);
		Random random = new Random(seed);
		try (World world = new World(place)) {
			List<Callable<@Nullable String>> calls = new ArrayList<>();
			for (int i = 0; i < CALLS; i++) {
				calls.add(world.call(i, random));
			}
			List<Future<@Nullable String>> results = callers.invokeAll(calls, 60, TimeUnit.SECONDS);
			for (int i = 0; i < CALLS; i++) {
				assertThat(results.get(i).isCancelled()).as("call %s never ended", i).isFalse();
				assertThat(results.get(i).get()).as("call %s, seed %s", i, seed).isNull();
			}
			world.verify();
			assertThat(world.hostile.thrown() > 0).isEqualTo(!place.equals("nowhere"));
		}
	}

	private static Failure classify(Throwable thrown) {
		return switch (String.valueOf(thrown.getMessage())) {
			case "unclear" -> Failure.unclearRefusal(422, "unclear", thrown);
			case "refused" -> Failure.caller(400, "refused", thrown);
			default -> Failure.ofTransient(503, "down", thrown);
		};
	}

	/** One chain, all of whose foreign code is the same. */
	private static final class World implements AutoCloseable, ChainListener, CallObserver, ContextCarrier,
			AnswerInspector<String>, LastResort<String, String> {

		private final Set<Thread> threadsBefore = ownThreads();

		private final Set<Exchange> exchanges = ConcurrentHashMap.newKeySet();

		private final Hostile hostile;

		private final ChainRuntime runtime;

		private final TargetChain<String, String> chain;

		private final List<Watch> watches = List.of(new Watch(), new Watch());

		private final Queue<String> wrongContexts = new ConcurrentLinkedQueue<>();

		World(String place) {
			this.hostile = new Hostile(place);
			this.runtime = new ChainRuntime(new Workers(), this);
			ChainServices<String> services = new ChainServices<>(Layer.LLM, this.runtime, (thrown) -> {
				this.hostile.at("classifier");
				return HostileCodeTests.classify(thrown);
			}, this, new RetryBudget(0.5, System::nanoTime), List.of(this.watches.get(0), this, this.watches.get(1)));
			this.chain = new TargetChain<>(services, "test",
					List.of(target("a", true), target("b", false), target("c", true)),
					new ChainPolicy(DEADLINE, WhenAllOpen.LAST_TARGET, Routing.PRIORITY, 1), this, new Judge());
		}

		/** Accepts most answers. */
		private final class Judge implements AnswerJudge<String, String> {

			@Override
			public @Nullable Failure judge(String request, int position, String answer) {
				World.this.hostile.at("acceptance");
				return (request.hashCode() + position) % 5 == 0 ? Failure.unacceptable("test", "not accepted") : null;
			}

			@Override
			public @Nullable Failure judgeWhole(String request, int position, List<String> chunks) {
				return judge(request, position, "");
			}

			@Override
			public boolean needsWholeStream(String request) {
				World.this.hostile.at("acceptance");
				return request.hashCode() % 2 == 0;
			}

			@Override
			public int badness(Failure why) {
				World.this.hostile.at("acceptance");
				return 0;
			}

			@Override
			public String markUnaccepted(String answer) {
				World.this.hostile.at("acceptance");
				return answer;
			}

		}

		private static Set<Thread> ownThreads() {
			return Thread.getAllStackTraces()
				.keySet()
				.stream()
				.filter((thread) -> thread.getName().startsWith("resilience-"))
				.collect(Collectors.toSet());
		}

		private GuardedTarget<String, String> target(String name, boolean cancellable) {
			CircuitBreakerConfig.Builder config = CircuitBreakerConfig
				.from(new BreakerPolicy(10, 5, 70, Duration.ofSeconds(5), 80, Duration.ofMillis(10), HALF_OPEN_CALLS)
					.toConfig());
			if (this.hostile.is("breaker record")) {
				config.recordException((thrown) -> {
					this.hostile.at("breaker record");
					return true;
				});
			}
			if (this.hostile.is("breaker ignore")) {
				config.ignoreException((thrown) -> {
					this.hostile.at("breaker ignore");
					return false;
				});
			}
			CircuitBreaker breaker = CircuitBreaker.of(name, config.build());
			breaker.getEventPublisher().onEvent((event) -> this.hostile.at("breaker event"));
			return new GuardedTarget<>(new RandomTarget(name, cancellable), breaker,
					new TargetPolicy(ChainFixture.retry(2, Duration.ofMillis(1), Duration.ZERO),
							TimeoutPolicy.of(TIMEOUT), new HedgePolicy(true, Duration.ofMillis(5)),
							StreamCommit.FIRST_CHUNK, Defaults.WEIGHT));
		}

		/** Makes a call and says what is wrong with its end. */
		Callable<@Nullable String> call(int number, Random random) {
			boolean stream = random.nextBoolean();
			int cancelAfter = (random.nextInt(8) == 0) ? random.nextInt(20) : -1;
			BooleanSupplier replayable = () -> {
				this.hostile.at("replayable");
				return true;
			};
			BooleanSupplier repeatable = () -> {
				this.hostile.at("repeatable");
				return true;
			};
			CallSpec spec = new CallSpec(true, null, (random.nextInt(6) == 0) ? Duration.ofMillis(8) : null, false,
					random.nextInt(3) > 0, replayable, repeatable);
			String request = number + ":" + random.nextInt(1 << 30);
			return () -> {
				CALLER.set(request);
				long start = System.nanoTime();
				try {
					Object end = stream ? stream(request, spec, cancelAfter) : call(request, spec, cancelAfter);
					Duration took = Duration.ofNanos(System.nanoTime() - start);
					return (took.compareTo(DEADLINE.plus(GRACE)) > 0) ? "took " + took : wrong(end);
				}
				finally {
					CALLER.remove();
				}
			};
		}

		private Object call(String request, CallSpec spec, int cancelAfter) {
			Thread thread = Thread.currentThread();
			Object lock = new Object();
			boolean[] left = new boolean[1];
			if (cancelAfter >= 0) {
				cancelling.schedule(() -> {
					synchronized (lock) {
						if (!left[0]) {
							thread.interrupt();
						}
					}
				}, cancelAfter, TimeUnit.MILLISECONDS);
			}
			Object end;
			try {
				end = this.chain.call(request, spec);
			}
			catch (Throwable ex) {
				end = ex;
			}
			synchronized (lock) {
				left[0] = true;
				if (Thread.interrupted() && cancelAfter < 0) {
					return "an interrupt is left over";
				}
			}
			return end;
		}

		private Object stream(String request, CallSpec spec, int cancelAfter) throws InterruptedException {
			CountDownLatch ended = new CountDownLatch(1);
			Object[] end = { "from nowhere" };
			Disposable subscriber = this.chain.stream(request, spec)
				.doFinally((signal) -> ended.countDown())
				.subscribe((chunk) -> end[0] = chunk, (error) -> end[0] = error);
			if (cancelAfter >= 0 && !ended.await(cancelAfter, TimeUnit.MILLISECONDS)) {
				subscriber.dispose();
			}
			return ended.await(DEADLINE.plus(GRACE).toMillis(), TimeUnit.MILLISECONDS) ? end[0] : "did not end";
		}

		private @Nullable String wrong(Object end) {
			if (end instanceof Error error) {
				// A target's own goes to the caller as it is
				return this.hostile.is("target call") || this.hostile.is("target assembly")
						|| this.hostile.is("target subscription") || this.hostile.is("target chunk")
						|| this.hostile.is("target request") || this.hostile.is("target cancellable")
						|| error instanceof AssertionError && this.hostile.is("target cancel") ? null
								: "threw " + error;
			}
			boolean typed = end instanceof ChainExhaustedException || end instanceof CallCancelledException
					|| end instanceof TargetFailureException || end instanceof NotReplayedException
					|| end instanceof StreamInterruptedException
					|| end instanceof IllegalArgumentException refusal && "refused".equals(refusal.getMessage())
					|| end instanceof IllegalArgumentException refusal && "unclear".equals(refusal.getMessage());
			return typed || end instanceof String answer && (answer.startsWith("from") || answer.equals("cut")
					|| answer.equals("tool error") || answer.isEmpty()) ? null : "ended with " + end;
		}

		void verify() throws Exception {
			for (Watch watch : this.watches) {
				Awaitility.await().atMost(GRACE).pollDelay(Duration.ZERO).untilAsserted(watch::assertComplete);
			}
			if (!this.hostile.is("target cancel") && !this.hostile.is("target disposal")) {
				// What cannot be cancelled goes on
				Awaitility.await()
					.atMost(GRACE)
					.untilAsserted(() -> assertThat(this.exchanges).as("exchanges that go on").isEmpty());
			}
			Awaitility.await()
				.atMost(GRACE)
				.untilAsserted(() -> assertThat(this.runtime.timer().armed()).as("armed entries").isZero());
			CountDownLatch expired = new CountDownLatch(1);
			this.runtime.timer().arm(new Entry(expired), 1, null);
			assertThat(expired.await(GRACE.toSeconds(), TimeUnit.SECONDS)).as("the timer is alive").isTrue();
			assertThat(this.wrongContexts).isEmpty();
			List<Future<@Nullable String>> contexts = new ArrayList<>();
			for (int i = 0; i < 8; i++) {
				contexts.add(this.runtime.executor().submit(CALLER::get));
			}
			for (Future<@Nullable String> context : contexts) {
				assertThat(context.get()).as("context left on a thread").isNull();
			}
			this.chain.targets().forEach(this::verify);
		}

		private void verify(GuardedTarget<String, String> target) {
			int bypasses = 0;
			while (target.tryBypass() != null) {
				bypasses++;
			}
			assertThat(bypasses).as("calls let past the open breaker of %s", target).isEqualTo(HALF_OPEN_CALLS);
			CircuitBreaker breaker = target.breaker();
			if (breaker.getState() == CircuitBreaker.State.HALF_OPEN) {
				int permits = breaker.getMetrics().getNumberOfBufferedCalls();
				while (breaker.tryAcquirePermission()) {
					permits++;
				}
				assertThat(permits).as("permits of %s", target).isEqualTo(HALF_OPEN_CALLS);
			}
		}

		@Override
		public void close() {
			this.runtime.close();
			Awaitility.await()
				.atMost(GRACE)
				.untilAsserted(() -> assertThat(ownThreads()).as("threads left over").isSubsetOf(this.threadsBefore));
		}

		@Override
		public ChainListener forChain(Chain chain) {
			for (int i = 0; i < 10; i++) {
				// It is asked once, so it had better throw
				this.hostile.at("forChain");
			}
			return this;
		}

		@Override
		public CallObserver callStarted(Call call) {
			this.hostile.at("callStarted");
			return this;
		}

		@Override
		public void attemptStarted(Attempt attempt) {
			this.hostile.at("attemptStarted");
		}

		@Override
		public void attemptLeft(Attempt attempt) {
			this.hostile.at("attemptLeft");
		}

		@Override
		public void attemptEnded(Attempt attempt) {
			this.hostile.at("attemptEnded");
		}

		@Override
		public void attemptJudged(Attempt attempt) {
			this.hostile.at("attemptJudged");
		}

		@Override
		public void targetSkipped(SkippedTarget skipped) {
			this.hostile.at("targetSkipped");
		}

		@Override
		public void callEnded(Call call) {
			this.hostile.at("callEnded");
		}

		@Override
		public void callLeft() {
			this.hostile.at("callLeft");
		}

		@Override
		public Context contextFor(Attempt attempt, Context context) {
			this.hostile.at("contextFor");
			return context;
		}

		@Override
		public Carried capture() {
			this.hostile.at("capture");
			String captured = CALLER.get();
			return new Carried() {
				@Override
				public <T> T call(Callable<T> task) throws Exception {
					World.this.hostile.at("carry before");
					String before = CALLER.get();
					CALLER.set(captured);
					try {
						return task.call();
					}
					finally {
						if (before == null) {
							CALLER.remove();
						}
						else {
							CALLER.set(before);
						}
						World.this.hostile.at("carry after");
					}
				}
			};
		}

		@Override
		public @Nullable ContextView streamContext() {
			this.hostile.at("stream context");
			return null;
		}

		@Override
		public @Nullable Failure judge(String answer) {
			this.hostile.at("judge");
			return answer.equals("tool error") ? Failure.tool("tool", new IllegalStateException()) : null;
		}

		@Override
		public boolean isOutput(String chunk) {
			this.hostile.at("isOutput");
			return !chunk.isEmpty();
		}

		@Override
		public String textOf(String chunk) {
			this.hostile.at("textOf");
			return chunk;
		}

		@Override
		public @Nullable String answer(String request, ChainExhaustedException why) {
			this.hostile.at("last resort");
			return (request.hashCode() % 2 == 0) ? "from the last resort" : null;
		}

		/** Does something else each time, drawn from the request. */
		private final class RandomTarget implements Target<String, String> {

			private final String name;

			private final boolean cancellable;

			private final AtomicInteger asked = new AtomicInteger();

			RandomTarget(String name, boolean cancellable) {
				this.name = name;
				this.cancellable = cancellable;
			}

			@Override
			public String name() {
				return this.name;
			}

			private int draw(String request) {
				String caller = CALLER.get();
				if (caller != null && !caller.equals(request)) {
					World.this.wrongContexts.add(caller + " instead of " + request);
				}
				return new Random((request + this.name).hashCode() * 31L + this.asked.incrementAndGet()).nextInt(20);
			}

			@Override
			public String call(String request, Exchange exchange) throws Exception {
				World.this.exchanges.add(exchange);
				try {
					return exchange(request, exchange);
				}
				finally {
					World.this.exchanges.remove(exchange);
				}
			}

			private String exchange(String request, Exchange exchange) throws Exception {
				World.this.hostile.at("target call");
				int drawn = draw(request);
				exchange.mayHaveActed(drawn % 2 == 0);
				exchange.received(drawn % 4 == 0);
				CountDownLatch stopped = new CountDownLatch(1);
				exchange.onCancel(() -> {
					World.this.hostile.at("hook before");
					stopped.countDown();
					World.this.hostile.at("hook after");
				});
				switch (drawn) {
					case 0 -> throw new IllegalArgumentException("refused");
					case 1 -> throw new IllegalArgumentException("unclear");
					case 2, 3, 4 -> throw new IllegalStateException("down");
					case 5 -> {
						return "tool error";
					}
					case 6, 7 -> {
						stopped.await(60, TimeUnit.SECONDS);
						throw new IllegalStateException("stopped");
					}
					case 8, 9 -> stopped.await(8, TimeUnit.MILLISECONDS);
					default -> {
					}
				}
				return "from " + this.name;
			}

			@Override
			public Flux<String> stream(String request, Exchange exchange) {
				World.this.hostile.at("target assembly");
				int drawn = draw(request);
				exchange.mayHaveActed(drawn % 2 == 0);
				exchange.received(drawn % 4 == 0);
				exchange.onCancel(() -> World.this.hostile.at("hook"));
				Flux<String> chunks = switch (drawn) {
					case 0 -> Flux.error(new IllegalArgumentException("refused"));
					case 1 -> Flux.error(new IllegalArgumentException("unclear"));
					case 2, 3 -> Flux.error(new IllegalStateException("down"));
					case 4 -> Flux.just("", "from", "cut").concatWith(Flux.error(new IllegalStateException("down")));
					case 5 -> Flux.just("tool error");
					case 6, 7 -> Flux.never();
					case 8, 9 -> Flux.just("", "from " + this.name).delayElements(Duration.ofMillis(4));
					case 10 -> Flux.just("", "from " + this.name).concatWith(Flux.never());
					default -> Flux.just("", "from", "from " + this.name);
				};
				Flux<String> subscribed = Flux.defer(() -> {
					World.this.hostile.at("target subscription");
					return chunks;
				})
					.doOnNext((chunk) -> World.this.hostile.at("target chunk"))
					.doOnCancel(() -> World.this.hostile.at("target disposal"));
				return new RawFlux(subscribed.doOnSubscribe((subscription) -> World.this.exchanges.add(exchange))
					.doFinally((signal) -> World.this.exchanges.remove(exchange)), World.this.hostile);
			}

			@Override
			public boolean cancellable() {
				World.this.hostile.at("target cancellable");
				return this.cancellable;
			}

		}

	}

	/** A publisher that is none of Reactor's, whose subscription throws. */
	private static final class RawFlux extends Flux<String> {

		private final Flux<String> source;

		private final Hostile hostile;

		RawFlux(Flux<String> source, Hostile hostile) {
			this.source = source;
			this.hostile = hostile;
		}

		@Override
		public void subscribe(CoreSubscriber<? super String> actual) {
			Hostile throwing = this.hostile;
			this.source.subscribe(new CoreSubscriber<String>() {
				@Override
				public Context currentContext() {
					return actual.currentContext();
				}

				@Override
				public void onSubscribe(Subscription subscription) {
					actual.onSubscribe(new Subscription() {
						@Override
						public void request(long n) {
							throwing.at("target request");
							subscription.request(n);
						}

						@Override
						public void cancel() {
							throwing.at("target cancel");
							subscription.cancel();
						}
					});
				}

				@Override
				public void onNext(String chunk) {
					actual.onNext(chunk);
				}

				@Override
				public void onError(Throwable thrown) {
					actual.onError(thrown);
				}

				@Override
				public void onComplete() {
					actual.onComplete();
				}
			});
		}

	}

	/** Behaves well, and counts what it is told. */
	private static final class Watch implements ChainListener, CallObserver {

		private final Map<Call, AtomicInteger> ends = new ConcurrentHashMap<>();

		private final Map<Attempt, AtomicInteger> attempts = new ConcurrentHashMap<>();

		@Override
		public CallObserver callStarted(Call call) {
			this.ends.put(call, new AtomicInteger());
			return this;
		}

		@Override
		public void attemptStarted(Attempt attempt) {
			this.attempts.put(attempt, new AtomicInteger());
		}

		@Override
		public void attemptEnded(Attempt attempt) {
			this.attempts.get(attempt).incrementAndGet();
		}

		@Override
		public void callEnded(Call call) {
			this.ends.get(call).incrementAndGet();
		}

		private String describe(Map.Entry<Call, AtomicInteger> end) {
			return end.getValue() + " ends as " + end.getKey().outcome() + ", attempts "
					+ this.attempts.keySet()
						.stream()
						.filter((attempt) -> attempt.call() == end.getKey())
						.map((attempt) -> attempt.ordinal() + " on " + attempt.target()
								+ (attempt.isHedge() ? " hedge " : " ") + attempt.outcome() + " " + attempt.failure())
						.sorted()
						.toList();
		}

		void assertComplete() {
			assertThat(this.ends.entrySet().stream().filter((end) -> end.getValue().get() != 1).map(this::describe))
				.as("calls of %s that did not end once", this.ends.size())
				.isEmpty();
			assertThat(this.attempts.values().stream().filter((count) -> count.get() != 1).count())
				.as("attempts of %s that did not end once", this.attempts.size())
				.isZero();
			assertThat(this.ends.keySet()).noneMatch((call) -> call.outcome() == Call.Outcome.PENDING);
		}

	}

	private static final class Entry extends TimedEntry {

		private final CountDownLatch expired;

		Entry(CountDownLatch expired) {
			this.expired = expired;
		}

		@Override
		public void expired(AttemptTimer timer) {
			this.expired.countDown();
		}

		@Override
		public void waitingThreadInterrupted() {
			this.expired.countDown();
		}

	}

}
